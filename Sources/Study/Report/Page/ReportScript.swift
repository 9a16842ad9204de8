/// The script of the page: tables sort by a click on a heading, and all is open when it is printed.
///
/// Nothing depends on it: without it all numbers are there.
enum ReportScript {
  static let text = """
    "use strict";
    (() => {
      const number = text => {
        const match = /^[<>\\s]*(-?[\\d,]*\\.?\\d+(?:e[-+]?\\d+)?)/i.exec(text);
        return match ? Number(match[1].replace(/,/g, "")) : NaN;
      };
      const compare = (a, b, isNumeric) => {
        if (!isNumeric) return a.localeCompare(b, "en", {numeric: true});
        const [x, y] = [number(a), number(b)];
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
        return x - y;
      };
      const sort = (heading, column) => {
        const body = heading.closest("table").tBodies[0];
        const isRising = heading.getAttribute("aria-sort") !== "ascending";
        for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", isRising ? "ascending" : "descending");
        const isNumeric = heading.classList.contains("n");
        const text = row => row.cells[column].textContent.trim();
        const isMissing = row => text(row) === "" || text(row) === "\\u2013";
        const rows = [...body.rows].sort((a, b) => isMissing(a) - isMissing(b)
          || (isRising ? 1 : -1) * compare(text(a), text(b), isNumeric));
        body.append(...rows);
      };
      for (const table of document.querySelectorAll("table")) {
        if (table.tBodies[0].rows.length < 3) continue;
        [...table.querySelectorAll("tr.names th")].forEach((heading, column) => {
          const button = document.createElement("button");
          button.type = "button";
          button.append(...heading.childNodes);
          button.addEventListener("click", () => sort(heading, column));
          heading.append(button);
        });
      }
      const open = id => {
        const target = id && document.getElementById(id);
        const fold = target && target.closest("details");
        if (fold) { fold.open = true; target.scrollIntoView(); }
      };
      addEventListener("hashchange", () => open(decodeURIComponent(location.hash.slice(1))));
      open(decodeURIComponent(location.hash.slice(1)));
      addEventListener("beforeprint", () => {
        for (const fold of document.querySelectorAll("details.series,details.more")) {
          fold.open = true;
        }
      });
    })();
    """
}
