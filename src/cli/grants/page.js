"use strict";
(function () {
  const text = (row, at) => (row.cells[at].dataset.key || row.cells[at].textContent).trim();
  const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    table.querySelectorAll("th[data-sort]").forEach((head) => {
      head.tabIndex = 0;
      const sort = () => {
        const at = head.cellIndex;
        const down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = Array.from(body.rows);
        rows.sort((a, b) => compare(text(a, at), text(b, at)) * (down ? -1 : 1));
        body.append(...rows);
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    });
  }
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const rows = Array.from(document.querySelectorAll("tbody tr"));
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    rows.forEach((row, at) => {
      const fits = words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      if (fits && row.closest("#rights")) number += 1;
    });
    shown.textContent = words.length ? number + " lines shown" : "";
  };
  search.addEventListener("input", filter);
})();
