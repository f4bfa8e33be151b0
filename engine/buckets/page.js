"use strict";
for (const nav of document.querySelectorAll("nav[data-tabs]")) {
  const tabs = [...nav.querySelectorAll("button")];
  const show = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.dataset.panel).hidden = !on;
    }
  };
  nav.hidden = false;
  for (const tab of tabs) tab.addEventListener("click", () => show(tab));
  nav.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    show(next);
    next.focus();
  });
  show(tabs[0]);
}
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
  };
  const sort = (head) => {
    const column = heads.indexOf(head);
    const up = head.getAttribute("aria-sort") === "descending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => {
      const x = value(a, column), y = value(b, column);
      const order = typeof x === "number" ? x - y : x.localeCompare(y);
      return up ? order : -order;
    });
    table.tBodies[0].append(...rows);
  };
  for (const head of heads) {
    head.tabIndex = 0;
    head.addEventListener("click", () => sort(head));
    head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(head); });
  }
}
for (const panel of document.querySelectorAll(".report")) {
  const box = panel.querySelector(".tools input");
  const gallery = panel.querySelector(".gallery");
  if (!box || !gallery) continue;
  const figures = [...gallery.children];
  const none = panel.querySelector(".none");
  const filter = () => {
    const wanted = box.value.trim().toLowerCase();
    let shown = 0;
    for (const figure of figures) {
      const hit = figure.dataset.find.toLowerCase().includes(wanted);
      figure.hidden = !hit;
      shown += hit;
    }
    none.hidden = shown > 0;
  };
  box.hidden = false;
  box.addEventListener("input", filter);
  const pick = (row) => {
    box.value = box.value === row.dataset.bucket ? "" : row.dataset.bucket;
    filter();
    box.scrollIntoView({ behavior: "smooth", block: "start" });
  };
  for (const row of panel.querySelectorAll("tr.pick")) {
    row.tabIndex = 0;
    row.addEventListener("click", () => pick(row));
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(row); });
  }
}
