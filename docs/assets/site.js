/* What the theme leaves out for those who do not use a mouse: a name of the search, tables that the keyboard scrolls. */
window.addEventListener("load", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  document.querySelectorAll(".md-typeset__scrollwrap").forEach((table) => (table.tabIndex = 0));
});
