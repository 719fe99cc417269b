"use strict";
(function () {
  var lang = document.documentElement.lang || "vi";
  var collator = new Intl.Collator(lang, { numeric: true });

  function bare(text) {
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "")
      .replace(/\s+/g, " ").trim();
  }

  function value(row, column) {
    var cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v;
  }

  function sortBy(table, column, head) {
    var body = table.tBodies[0];
    var rows = Array.from(body.rows);
    var first = head.classList.contains("n") ? "descending" : "ascending";
    var other = first === "ascending" ? "descending" : "ascending";
    var next = head.getAttribute("aria-sort") === first ? other : first;
    var sign = next === "ascending" ? 1 : -1;
    var keyed = rows.map(function (row, at) { return [value(row, column), at, row]; });
    keyed.sort(function (a, b) { return sign * collator.compare(a[0], b[0]) || a[1] - b[1]; });
    Array.from(table.tHead.rows[0].cells).forEach(function (cell) {
      cell.setAttribute("aria-sort", "none");
    });
    head.setAttribute("aria-sort", next);
    var all = document.createDocumentFragment();
    keyed.forEach(function (entry) { all.appendChild(entry[2]); });
    body.appendChild(all);
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () { sortBy(table, column, head); });
    });
  });

  var filters = document.getElementById("filters");
  if (filters) {
    var rows = Array.from(document.getElementById("all-units").tBodies[0].rows).map(function (row) {
      return [row, bare(row.textContent)];
    });
    var text = document.getElementById("f-text");
    var chosen = ["c", "k", "r"].map(function (name) {
      return [name, document.getElementById("f-" + name)];
    });
    var shown = document.getElementById("f-shown");
    var filter = function () {
      var words = bare(text.value).split(" ");
      var count = 0;
      rows.forEach(function (entry) {
        var row = entry[0];
        var fits = chosen.every(function (one) {
          return !one[1].value || row.dataset[one[0]] === one[1].value;
        }) && words.every(function (word) { return entry[1].indexOf(word) !== -1; });
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      shown.textContent = count
        ? shown.dataset.text.replace("{shown}", String(count)).replace("{of}", String(rows.length))
        : shown.dataset.none;
    };
    text.addEventListener("input", filter);
    chosen.forEach(function (one) { one[1].addEventListener("change", filter); });
    document.getElementById("f-clear").addEventListener("click", function () {
      text.value = "";
      chosen.forEach(function (one) { one[1].value = ""; });
      filter();
      text.focus();
    });
    filters.hidden = false;
    filter();
  }

  function openTarget() {
    var id = decodeURIComponent(location.hash.slice(1));
    var target = id && document.getElementById(id);
    if (!target) { return; }
    for (var up = target; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") { up.open = true; }
    }
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
