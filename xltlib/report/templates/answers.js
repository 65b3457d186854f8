"use strict";
// Puts the answers on the page. Everything that comes from data is set as text, never as markup.
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var PAGE = 25, limit = PAGE, chosen = null;
  function id(name) { return document.getElementById(name); }
  function make(tag, kind, text) {
    var node = document.createElement(tag);
    if (kind) { node.className = kind; }
    if (text !== undefined && text !== null) { node.textContent = text; }
    return node;
  }
  // Texts of items may be of a script that runs from right to left: a paragraph of its own, and a
  // part of a line, which <bdi> keeps from the words around it.
  function paragraph(kind, text) {
    var node = make("p", kind, text);
    node.dir = "auto";
    return node;
  }
  function labelled(kind, label, text) {
    var node = make("p", kind, label + " ");
    node.appendChild(make("bdi", "", text));
    return node;
  }
  function fill(select, options) {
    var before = select.value;
    select.textContent = "";
    options.forEach(function (option) {
      var node = make("option", "", option[1]);
      node.value = option[0];
      select.appendChild(node);
    });
    if (options.some(function (o) { return o[0] === before; })) { select.value = before; }
  }
  function unique(values) {
    return values.filter(function (v, i) { return values.indexOf(v) === i; });
  }
  // #hau-ner-17, with the data set where a task and language have several.
  function stem(place) {
    var twins = data.places.filter(function (p) {
      return p.task === place.task && p.language === place.language;
    });
    var set = twins.length > 1 ? "-" + place.dataset.replace(/[^A-Za-z0-9_]/g, "_") : "";
    return place.language + "-" + place.task + set;
  }
  function place() { return data.places[+id("place").value]; }
  // Answers are written short: a label as its place among the labels, a score alone where no text
  // may be shown, else [score, answer] and the output where no answer could be read.
  function whole(here, answer, i) {
    if (typeof answer !== "number") { return answer; }
    if (here.kind !== "choice") { return [answer, null]; }
    var label = here.labels[answer];
    return [label === here.items[i].g ? 1 : 0, label];
  }
  function run() {
    var here = place(), key = id("shots").value + "/" + id("seed").value, short = here.runs[key];
    here.read = here.read || {};
    if (short && !here.read[key]) {
      here.read[key] = {};
      Object.keys(short).forEach(function (arm) {
        here.read[key][arm] = short[arm].map(function (a, i) { return whole(here, a, i); });
      });
    }
    return here.read[key] || {};
  }
  function arms() {
    var here = run();
    return data.arms.filter(function (arm) { return here[arm]; });
  }
  function right(answer) { return !!answer && answer[0] >= 0.9995; }
  function bare(answer) { return !answer || answer[1] === null || answer[1] === undefined; }

  function passes(number, wanted, words) {
    var item = place().items[number], here = run(), names = arms();
    var marks = names.map(function (arm) { return right(here[arm][number]); });
    var all = marks.every(Boolean), some = marks.some(Boolean);
    var who = wanted.slice(5);
    var fits = wanted === "any" || (wanted === "all" && all) || (wanted === "none" && !some) ||
      (wanted === "differ" && some && !all) ||
      (wanted.slice(0, 5) === "only:" && marks[names.indexOf(who)] &&
        marks.filter(Boolean).length === 1) ||
      (wanted.slice(0, 5) === "fail:" && !marks[names.indexOf(who)]);
    if (wanted.slice(0, 5) === "best:") {
      var scores = names.map(function (arm) { return here[arm][number][0]; });
      fits = here[who] && here[who][number][0] === Math.max.apply(null, scores);
    }
    if (!fits || !words) { return fits; }
    var text = JSON.stringify([item, names.map(function (arm) { return here[arm][number]; })]);
    return text.toLowerCase().indexOf(words) >= 0;
  }

  function marked(text, spans) {
    var node = make("span"), at = 0;
    spans.filter(function (s) { return s[2] >= 0; })
      .sort(function (a, b) { return a[2] - b[2]; })
      .forEach(function (span) {
        // Positions count code points, and a string of JavaScript counts halves of some.
        var points = Array.from(text), start = span[2], end = start + Array.from(span[1]).length;
        if (start < at) { return; }
        node.appendChild(document.createTextNode(points.slice(at, start).join("")));
        var mark = make("mark", "", points.slice(start, end).join(""));
        mark.appendChild(make("small", "", span[0]));
        node.appendChild(mark);
        at = end;
      });
    node.appendChild(document.createTextNode(Array.from(text).slice(at).join("")));
    return node;
  }
  function chip(kind, span, word) {
    var node = make("span", "chip " + kind);
    node.appendChild(make("bdi", "", span[1]));
    node.appendChild(make("small", "", span[0].replace(/^\?/, "") + (word ? " · " + word : "")));
    return node;
  }
  function same(a, b) { return a[1] === b[1] && a[2] === b[2] && a[2] >= 0; }
  function entities(node, gold, found) {
    var rest = gold.slice();
    found.forEach(function (span) {
      var exact = rest.filter(function (g) { return same(g, span) && g[0] === span[0]; })[0];
      var other = rest.filter(function (g) { return same(g, span); })[0];
      if (exact) {
        rest.splice(rest.indexOf(exact), 1);
        node.appendChild(chip("found", span, "found"));
      } else if (other) {
        rest.splice(rest.indexOf(other), 1);
        node.appendChild(chip("type", span, "wrong type, is " + other[0]));
      } else {
        node.appendChild(chip("spurious", span, span[2] < 0 ? "not in the text" : "spurious"));
      }
    });
    rest.forEach(function (span) { node.appendChild(chip("missed", span, "missed")); });
    if (!found.length && !gold.length) { node.appendChild(make("span", "", "no entities")); }
  }
  function words(text) { return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) || []; }
  function underlined(node, text, gold) {
    var known = new Set(words(gold));
    text.split(/([\p{L}\p{M}\p{N}]+)/u).forEach(function (piece) {
      var hit = known.has(piece.toLowerCase());
      node.appendChild(hit ? make("span", "same", piece) : document.createTextNode(piece));
    });
  }

  function answered(item, arm, answer, kind) {
    var state = bare(answer) && (answer && answer.length > 2) ? "is-none" : "";
    if (kind !== "text" && !state) { state = right(answer) ? "is-right" : "is-wrong"; }
    var node = make("div", "arm " + state);
    node.appendChild(make("h3", "", arm));
    var line = kind === "entities" ? make("p") : paragraph("");
    if (bare(answer)) {
      line.dir = "auto";
      line.textContent = answer && answer[2] ? answer[2] : "";
    } else if (kind === "entities" && Array.isArray(answer[1])) {
      entities(line, item.g || [], answer[1]);
    } else if (kind === "text") {
      underlined(line, answer[1], item.g || "");
    } else {
      line.textContent = answer[1];
    }
    node.appendChild(line);
    if (answer && kind !== "choice") {
      node.appendChild(make("p", "files", place().metric + " " + answer[0].toFixed(2)));
    }
    return node;
  }

  function card(number) {
    var here = place(), item = here.items[number], name = stem(here) + "-" + (number + 1);
    var node = make("article", "item" + (chosen === number ? " here" : ""));
    node.id = name;
    var head = make("h2"), link = make("a", "", "#" + name);
    link.href = "#" + name;
    head.appendChild(link);
    head.appendChild(document.createTextNode(" " + item.id));
    node.appendChild(head);
    (item.t || []).forEach(function (text, i) {
      var line = paragraph("text");
      line.lang = here.tag;
      if (here.kind === "entities" && i === 0) {
        line.appendChild(marked(text, item.g || []));
      } else {
        line.textContent = text;
      }
      node.appendChild(line);
    });
    (item.e || []).forEach(function (text) {
      node.appendChild(labelled("text english", "English:", text));
    });
    if (here.kind !== "entities" && item.g) {
      node.appendChild(labelled("gold", "Gold:", item.g));
    }
    var names = arms();
    function first(arm) { return data.first.indexOf(arm) >= 0; }
    function columns(some) {
      var box = make("div", "arms");
      some.forEach(function (arm) {
        box.appendChild(answered(item, arm, run()[arm][number], here.kind));
      });
      return box;
    }
    var more = names.filter(function (arm) { return !first(arm); });
    node.appendChild(columns(names.filter(first)));
    if (more.length) {
      var fold = make("details", "rest"), told = more.length + " more ways";
      if (here.kind !== "text") {
        told += ", " + more.filter(function (arm) { return right(run()[arm][number]); }).length +
          " of them right";
      }
      fold.appendChild(make("summary", "", told));
      // made when it is opened: most are not
      fold.addEventListener("toggle", function () {
        if (fold.open && fold.children.length < 2) { fold.appendChild(columns(more)); }
      });
      node.appendChild(fold);
    }
    return node;
  }

  function confusion() {
    var box = id("confusion"), here = place();
    id("tables").textContent = "";
    box.hidden = here.kind !== "choice";
    if (box.hidden) { return; }
    arms().forEach(function (arm) {
      var answers = run()[arm], counts = {};
      function label(a) { return bare(a) ? "(no answer)" : a[1]; }
      here.items.forEach(function (item, i) {
        var key = JSON.stringify([item.g, label(answers[i])]);
        counts[key] = (counts[key] || 0) + 1;
      });
      var gold = unique(here.items.map(function (item) { return item.g; })).sort();
      var given = unique(gold.concat(answers.map(label))).sort();
      var table = make("table"), head = make("thead"), row = make("tr"), body = make("tbody");
      table.appendChild(make("caption", "", arm));
      [""].concat(given).forEach(function (name) {
        var cell = make(name ? "th" : "td", name ? "n" : "", name || "gold ↓ answer →");
        if (name) { cell.scope = "col"; }
        row.appendChild(cell);
      });
      head.appendChild(row);
      gold.forEach(function (name) {
        var line = make("tr"), first = make("th", "", name);
        first.scope = "row";
        line.appendChild(first);
        given.forEach(function (other) {
          var n = counts[JSON.stringify([name, other])] || 0;
          line.appendChild(make("td", name === other ? "n diagonal" : "n", n || "·"));
        });
        body.appendChild(line);
      });
      table.appendChild(head);
      table.appendChild(body);
      id("tables").appendChild(table);
    });
  }
  function demonstrations() {
    var box = id("demos"), shots = +id("shots").value;
    var names = arms().filter(function (arm) { return data.same.indexOf(arm) >= 0; });
    var drawn = (place().demos[id("seed").value] || []).slice(0, shots), list = box.lastElementChild;
    box.hidden = !names.length || !drawn.length;
    box.firstElementChild.textContent = "The " + (drawn.length === 1 ? "demonstration" :
      drawn.length + " demonstrations") + " in every prompt of " + (names.length === arms().length ? "all arms here" : names.length +
      " of " + arms().length + " arms");
    box.children[1].textContent = names.join(", ") + ". They stand here as they were drawn; a " +
      "method that translates or rewrites shows them so. Any other arm chooses its own for each " +
      "item, borrows them from another language, or learns from them and shows none.";
    list.textContent = "";
    drawn.forEach(function (one) {
      var node = make("li");
      one.t.forEach(function (text) { node.appendChild(paragraph("text", text)); });
      node.appendChild(labelled("gold", "Answer:", one.g));
      list.appendChild(node);
    });
  }

  function show() {
    var here = place(), words = id("search").value.trim().toLowerCase(), found = [];
    here.items.forEach(function (_, i) {
      if (passes(i, id("right").value, words)) { found.push(i); }
    });
    var list = id("items");
    list.textContent = "";
    if (chosen !== null && found.indexOf(chosen) >= limit) {
      limit = found.indexOf(chosen) + 1;
    }
    found.slice(0, limit).forEach(function (i) { list.appendChild(card(i)); });
    var told = found.length + " of " + here.items.length + " items";
    if (here.of > here.items.length) { told += " (of " + here.of + "; all are in the records)"; }
    if (!here.shown) {
      told += here.allowed ? ". Texts were not at hand." :
        ". The licence of this data set does not let its texts be passed on: ids and scores only.";
    }
    id("count").textContent = told;
    id("more").hidden = found.length <= limit;
  }
  function refresh() {
    var here = place(), keys = Object.keys(here.runs).map(function (k) { return k.split("/"); });
    var shots = unique(keys.map(function (k) { return k[0]; }));
    function answered(s) {
      return Math.max.apply(null, keys.map(function (k) {
        return k[0] === s ? Object.keys(here.runs[k.join("/")]).length : 0;
      }));
    }
    // that which most arms were asked with stands first, of several the largest
    shots.sort(function (a, b) { return answered(b) - answered(a) || b - a; });
    fill(id("shots"), shots.map(function (s) { return [s, s]; }));
    var seeds = keys.filter(function (k) { return k[0] === id("shots").value; });
    fill(id("seed"), seeds.map(function (k) { return [k[1], k[1]]; }));
    var who = [["any", "any"]], names = arms();
    if (here.kind === "text") {
      names.forEach(function (arm) { who.push(["best:" + arm, arm + " scores best"]); });
    } else {
      who = who.concat([["all", "all are right"], ["none", "none is right"],
        ["differ", "some are right, some wrong"]]);
      names.forEach(function (arm) { who.push(["only:" + arm, "only " + arm + " is right"]); });
      names.forEach(function (arm) { who.push(["fail:" + arm, arm + " is wrong"]); });
    }
    fill(id("right"), who);
    confusion();
    demonstrations();
    show();
  }
  function follow() {
    var wanted = location.hash.slice(1), cut = wanted.lastIndexOf("-");
    data.places.forEach(function (one, i) {
      if (stem(one) !== wanted.slice(0, cut)) { return; }
      var number = +wanted.slice(cut + 1) - 1;
      if (!one.items[number]) { return; }
      id("place").value = i;
      id("right").value = "any";
      id("search").value = "";
      chosen = number;
      refresh();
      var node = id(wanted);
      if (node) { node.scrollIntoView(); }
    });
  }
  fill(id("place"), data.places.map(function (one, i) {
    return [String(i), one.title];
  }));
  // The first whose texts may be shown, where there is one.
  id("place").value = Math.max(0, data.places.findIndex(function (one) { return one.shown; }));
  ["place", "shots", "seed", "right"].forEach(function (name) {
    id(name).addEventListener("change", function () {
      limit = PAGE;
      chosen = null;
      refresh();
    });
  });
  id("search").addEventListener("input", function () { limit = PAGE; show(); });
  id("filters").addEventListener("submit", function (event) { event.preventDefault(); });
  id("more").addEventListener("click", function () { limit += PAGE; show(); });
  window.addEventListener("hashchange", follow);
  refresh();
  follow();
})();
