"""How the summary looks, and what its few controls do."""

from __future__ import annotations

STYLE = """
:root { --back:#f4f5f7; --panel:#fff; --edge:#dfe3e8; --text:#1c2127; --faint:#66707d; --good:#2b8a55; --look:#a96c07;
 --bad:#c2373d; --rest:#717b88; --link:#2262b5; --tint:12%; }
@media (prefers-color-scheme: dark) { :root { --back:#15181d; --panel:#1c2027; --edge:#2e3540; --text:#e4e7eb;
 --faint:#929ba8; --good:#56bd80; --look:#e8a33d; --bad:#f0686d; --rest:#8a94a2; --link:#86b4ef; --tint:18%; } }
* { box-sizing:border-box; }
body { margin:0; background:var(--back); color:var(--text); font:14px/1.45 system-ui,"Segoe UI",Roboto,"Helvetica Neue",
 "DejaVu Sans",Arial,sans-serif; -webkit-text-size-adjust:100%; }
header,nav,main,footer { max-width:1240px; margin:0 auto; padding:0 24px; }
header { padding-top:28px; }
.head { display:flex; justify-content:space-between; align-items:flex-start; gap:16px; }
.over { margin:0; color:var(--faint); font-size:12px; letter-spacing:.08em; text-transform:uppercase; }
h1 { margin:2px 0; font-size:26px; line-height:1.2; font-weight:650; overflow-wrap:anywhere; }
.sub { margin:0; color:var(--faint); overflow-wrap:anywhere; }
.state,.badge { white-space:nowrap; border-radius:999px; font-weight:600; color:var(--c);
 background:color-mix(in srgb,var(--c) var(--tint),transparent); }
.state { padding:6px 14px; }
.badge { padding:3px 10px; font-size:13px; }
.figures { display:flex; flex-wrap:wrap; gap:12px 40px; margin:22px 0 16px; }
.figures dt { color:var(--faint); font-size:12px; }
.figures dd { margin:0; font-size:22px; font-weight:600; font-variant-numeric:tabular-nums; }
.bar { display:flex; gap:2px; height:8px; border-radius:4px; overflow:hidden; }
.bar span { background:var(--c); min-width:4px; }
nav { position:sticky; top:0; z-index:1; display:flex; flex-wrap:wrap; align-items:center; gap:10px 14px;
 padding-top:16px; padding-bottom:12px; background:var(--back); }
#search { flex:1 1 240px; max-width:380px; padding:8px 12px; font:inherit; color:inherit; background:var(--panel);
 border:1px solid var(--edge); border-radius:8px; }
.chips { display:flex; flex-wrap:wrap; gap:6px; }
.chip { padding:6px 12px; font:inherit; font-size:13px; color:var(--c,var(--text)); background:var(--panel);
 border:1px solid var(--edge); border-radius:999px; cursor:pointer; }
.chip[aria-pressed=true] { border-color:var(--c,var(--text));
 background:color-mix(in srgb,var(--c,var(--text)) var(--tint),var(--panel)); }
.chip b { font-variant-numeric:tabular-nums; }
:focus-visible { outline:2px solid var(--link); outline-offset:2px; }
table { width:100%; border-collapse:separate; border-spacing:0; background:var(--panel); border:1px solid var(--edge);
 border-radius:10px; overflow:hidden; }
th { text-align:left; font-size:12px; font-weight:600; color:var(--faint); padding:10px 12px; }
th button { all:unset; cursor:pointer; }
th button:focus-visible { outline:2px solid var(--link); outline-offset:2px; }
th[aria-sort=ascending] button::after { content:" \\2191"; }
th[aria-sort=descending] button::after { content:" \\2193"; }
td { padding:10px 12px; border-top:1px solid var(--edge); vertical-align:top; }
tr.is-failed td:first-child,tr.is-bad td:first-child { box-shadow:inset 3px 0 var(--c); }
td.number { font-variant-numeric:tabular-nums; white-space:nowrap; color:var(--faint); }
td.number .faint { display:block; font-size:12px; }
td.picture { padding:6px 8px; width:1px; } td.picture img { display:block; height:72px; border-radius:6px; }
.line { min-width:220px; } .line .name { display:block; font-weight:600; overflow-wrap:anywhere; }
.line ul { margin:4px 0 0; padding-left:16px; font-size:13px; } .line li::marker { color:var(--c,var(--faint)); }
.error { margin:4px 0 0; color:var(--bad); overflow-wrap:anywhere; }
.files { white-space:nowrap; } .files a { color:var(--link); margin-right:8px; text-decoration:none; }
.files a:hover { text-decoration:underline; }
.faint,.files a.faint { color:var(--faint); } .line .faint { font-size:13px; }
.is-failed,.is-bad { --c:var(--bad); } .is-look-at { --c:var(--look); } .is-good,.is-done { --c:var(--good); }
.is-waiting,.is-not-measured { --c:var(--rest); }
footer { padding-top:16px; padding-bottom:32px; font-size:12px; overflow-wrap:anywhere; }
@media (max-width:760px) { header,nav,main,footer { padding-left:12px; padding-right:12px; } .figures { gap:12px 24px; }
 main { overflow-x:auto; } td.picture img { height:52px; } }
@media print { nav { display:none; } body { background:#fff; } }
"""

SCRIPT = """
(function () {
  var body = document.querySelector("tbody"), rows = Array.from(body.rows), shown = document.getElementById("shown");
  var search = document.getElementById("search"), none = document.getElementById("none"), show = "";
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function filter() {
    var words = search.value.toLowerCase().split(/\\s+/).filter(Boolean), count = 0;
    rows.forEach(function (row, at) {
      var fits = (!show || row.classList.contains(show)) &&
        words.every(function (word) { return texts[at].indexOf(word) >= 0; });
      row.hidden = !fits;
      count += fits;
    });
    shown.textContent = count === rows.length ? "" : count + " of " + rows.length;
    none.hidden = count > 0;
  }
  search.addEventListener("input", filter);
  document.querySelectorAll(".chip").forEach(function (chip) {
    chip.addEventListener("click", function () {
      show = chip.dataset.show;
      document.querySelectorAll(".chip").forEach(function (other) {
        other.setAttribute("aria-pressed", String(other === chip));
      });
      filter();
    });
  });
  document.querySelectorAll("th[data-key]").forEach(function (head) {
    head.querySelector("button").addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending", key = head.dataset.key;
      var isNumber = head.dataset.kind === "number";
      document.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.slice().sort(function (a, b) {
        var x = a.dataset[key], y = b.dataset[key];
        var order = isNumber ? x - y : x.localeCompare(y, undefined, { numeric: true });
        return (up ? order : -order) || a.dataset.number - b.dataset.number;
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
}());
"""
