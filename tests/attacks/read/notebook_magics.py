# attacks = "staff's files through IPython's own commands"
# %% own
%cat <<STAFF>>/gradebook.db
%load <<STAFF>>/reference.py
%run <<STAFF>>/reference.py
%%bash
cat <<STAFF>>/graders.py
