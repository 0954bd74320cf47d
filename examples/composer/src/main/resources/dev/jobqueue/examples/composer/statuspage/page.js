// Asks for this page again from time to time and takes over what has changed. Without it the page is whole, but as old as its last load.
"use strict";
(() => {
  const PERIOD = 3000;
  const LONGEST = 30000;
  const text = document.getElementById("live-text");
  const button = document.getElementById("live-button");
  const news = document.getElementById("news");
  let seen = snapshot(document);
  let tag = null;
  let timer = 0;
  let failures = 0;
  let paused = false;
  let gone = false;
  let skew = 0;
  let asking = false;

  // Each part that may change, by its id, as the server has sent it.
  function snapshot(page) {
    return new Map([...page.querySelectorAll("[data-live]")].map(part => [part.id, part.outerHTML]));
  }

  function states(page) {
    return new Map([...page.querySelectorAll("[data-state]")].map(e => [e.dataset.name, e.dataset.state]));
  }

  function words(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return s + " s";
    if (s < 3600) return Math.floor(s / 60) + " min " + s % 60 + " s";
    if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min";
    return Math.floor(s / 86400) + " d " + Math.floor(s % 86400 / 3600) + " h";
  }

  function tick() {
    const now = Date.now() + skew;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const at = Date.parse(time.dateTime);
      if (!time.title) time.title = time.textContent;
      const ago = (now - at) / 1000;
      write(time, ago < 3600 * 24 * 7 ? words(ago) + " ago" : time.title);
    }
    for (const since of document.querySelectorAll("[data-since]")) {
      write(since, words((now - Date.parse(since.dataset.since)) / 1000) + " so far");
    }
  }

  function write(element, value) {
    if (element.textContent !== value) element.textContent = value;
  }

  function announce(before, after) {
    const changes = [...after].filter(([name, state]) => before.get(name) !== state)
      .map(([name, state]) => before.has(name) ? name + " is now " + state : "new: " + name + ", " + state);
    if (changes.length > 0) {
      news.textContent = changes.slice(0, 3).join(". ") + (changes.length > 3 ? ", and " + (changes.length - 3) + " more changes" : "");
    }
  }

  function take(page) {
    const before = states(document);
    const fresh = snapshot(page);
    const focus = document.activeElement && document.activeElement !== document.body ? path(document.activeElement) : null;
    const same = fresh.size === seen.size && [...fresh.keys()].every(id => seen.has(id));
    if (same) {
      for (const [id, html] of fresh) {
        if (seen.get(id) !== html) document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
      }
    } else {
      document.getElementById("main").replaceChildren(...document.adoptNode(page.getElementById("main")).childNodes);
    }
    seen = fresh;
    const target = focus && find(focus);
    if (target && target !== document.activeElement) target.focus({preventScroll: true});
    document.title = page.title;
    tick();
    announce(before, states(document));
  }

  // Where an element is: the next id above it, and its number among the same kind of elements there.
  function path(element) {
    if (element.id) return {id: element.id};
    const above = element.closest("[id]");
    const tag = element.localName;
    return {id: above ? above.id : "main", tag: tag, number: above ? [...above.querySelectorAll(tag)].indexOf(element) : 0};
  }

  function find(place) {
    const above = document.getElementById(place.id);
    return above && place.tag ? above.querySelectorAll(place.tag)[place.number] : above;
  }

  function say(state, sentence) {
    text.dataset.on = state;
    text.textContent = sentence;
  }

  async function poll() {
    if (asking) return;
    asking = true;
    timer = 0;
    try {
      const headers = {Accept: "text/html"};
      if (tag) headers["If-None-Match"] = tag;
      const answer = await fetch(location.pathname + location.search, {headers: headers, cache: "no-store"});
      const date = Date.parse(answer.headers.get("Date"));
      // The header counts whole seconds.
      if (date && Math.abs(date - Date.now()) > 2000) skew = date - Date.now();
      if (answer.status === 200) {
        const html = await answer.text();
        if (paused) return;
        take(new DOMParser().parseFromString(html, "text/html"));
        tag = answer.headers.get("ETag");
      } else if (answer.status === 404) {
        gone = true;
        say("off", "Gone");
        button.hidden = true;
        news.textContent = "This compose has been deleted.";
        return;
      } else if (answer.status !== 304) {
        throw new Error("status " + answer.status);
      }
      failures = 0;
      say("on", "Live");
    } catch (e) {
      failures++;
      say("off", "No answer, trying again");
    } finally {
      asking = false;
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    timer = 0;
    if (gone) return;
    if (paused) say("off", "Paused");
    else if (document.hidden) say("off", "Waiting");
    else timer = setTimeout(poll, Math.min(LONGEST, PERIOD * 2 ** Math.min(failures, 5)));
  }

  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Resume" : "Pause";
    if (paused) plan();
    else poll();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || paused || gone) plan();
    else if (!timer) poll();
  });

  if (document.querySelector("[data-live]")) {
    for (const hint of document.querySelectorAll(".scripted")) hint.hidden = false;
    button.hidden = false;
    say("on", "Live");
    tick();
    setInterval(() => document.hidden || tick(), 1000);
    poll();
  } else {
    text.textContent = "";
  }
})();
