"""What a sandbox gives to courses whose notebooks check themselves."""

from autograder.config import Limits
from autograder.sandbox import Sandbox


def test_otter_itself_can_be_had_in_the_place_of_the_stand_in():
    source = "import otter\nassert otter.__file__"
    for real, status in ((True, "ok"), (False, "error")):
        with Sandbox(Limits(), real_otter=real) as sandbox:
            job = sandbox.open({})
            assert job.run_cell("0", source, 60).status == status
            job.close()


def test_code_can_ask_whether_it_is_being_graded_as_in_nbgrader():
    with Sandbox(Limits()) as sandbox:
        job = sandbox.open({})
        source = "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'"
        assert job.run_cell("0", source, 60).status == "ok"
        job.close()
