"use strict";
{
  const TEXTS = {
    en: {
      switch: "Русский",
      lead: "This is what your callers will hear. Listen to each phrase and approve or reject it. Then download your answers and send the file approvals.json to whoever sent you this page.",
      keys: "Keys: Space plays, A approves, R rejects, ↑ and ↓ move.",
      by: "Your name",
      language: "{code}",
      unknown: "The words of this recording are not known.",
      new: "New",
      changed: "Changed since it was approved",
      approved: "Approved by {by}, {at}",
      rejected: "Rejected by {by}, {at}",
      seconds: "{n} s",
      level: "Level {n} dBov",
      silent: "No speech",
      before: "Before (approved by {by}, {at}):",
      gone: "Another sound was approved by {by}, {at}. It is no longer kept and can't be played here.",
      same: "The recording is the one that {by} approved, {at}; only its loudness or its pauses changed.",
      approve: "Approve",
      reject: "Reject",
      remark: "Remark",
      count: "{done} of {all} answered",
      download: "Download answers",
      nameless: "Please enter your name first.",
      unanswered: "There is no answer yet.",
      ready: "Done: send the file approvals.json to whoever sent you this page.",
      forgetful: "This browser will not remember your answers: download them before you close the page.",
    },
    ru: {
      switch: "English",
      lead: "Это услышат те, кто вам звонит. Прослушайте каждую фразу и одобрите её или отклоните. Затем скачайте ответы и отправьте файл approvals.json тому, кто прислал вам эту страницу.",
      keys: "Клавиши: пробел — слушать, A — одобрить, R — отклонить, ↑ и ↓ — перейти.",
      by: "Ваше имя",
      language: "{code}",
      unknown: "Слова этой записи неизвестны.",
      new: "Новая",
      changed: "Изменена после одобрения",
      approved: "Одобрено: {by}, {at}",
      rejected: "Отклонено: {by}, {at}",
      seconds: "{n} с",
      level: "Уровень {n} dBov",
      silent: "Без речи",
      before: "Раньше (одобрено: {by}, {at}):",
      gone: "Раньше была одобрена другая запись ({by}, {at}). Она не сохранилась, и прослушать её здесь нельзя.",
      same: "Запись та же, что была одобрена ({by}, {at}); изменились только громкость или паузы.",
      approve: "Одобрить",
      reject: "Отклонить",
      remark: "Замечание",
      count: "Отвечено: {done} из {all}",
      download: "Скачать ответы",
      nameless: "Сначала введите ваше имя.",
      unanswered: "Ответов пока нет.",
      ready: "Готово: отправьте файл approvals.json тому, кто прислал вам эту страницу.",
      forgetful: "Этот браузер не запомнит ваши ответы: скачайте их, прежде чем закрыть страницу.",
    },
  };
  const KEYS = {
    " ": () => play(),
    a: () => choose("approved"),
    ф: () => choose("approved"), // the same key on a Russian keyboard
    r: () => choose("rejected"),
    к: () => choose("rejected"),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
  };
  const PLACE = `voicekit-proof-${document.body.dataset.page}`;
  const [by, count, download, message, progress, toggle] =
    ["by", "count", "download", "message", "progress", "switch"].map((id) => document.getElementById(id));
  const items = [...document.querySelectorAll("article")];
  let language = navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
  let current = 0;

  // What stands in {braces} is an element's data-*: dates, numbers and names of languages as the reader writes them.
  const WRITTEN = {
    at: (value) => new Date(value).toLocaleDateString(language, { dateStyle: "medium" }),
    n: (value) => Number(value).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    code: (value) => nameOf(value),
  };

  function nameOf(code) {
    try {
      return new Intl.DisplayNames([language], { type: "language" }).of(code);
    } catch {
      return code; // an old browser, or a code that is Asterisk's alone
    }
  }

  function text(key, data = {}) {
    const write = (_, name) => (WRITTEN[name] ?? String)(data[name]);
    return TEXTS[language][key].replace(/\{(\w+)\}/g, write);
  }

  function write(element) {
    element.textContent = text(element.dataset.t, element.dataset);
  }

  function say(key) {
    message.dataset.t = key;
    write(message);
  }

  function speak(chosen) {
    language = chosen;
    document.documentElement.lang = language;
    document.querySelectorAll("[data-t]").forEach(write);
    toggle.lang = language === "ru" ? "en" : "ru";
  }

  const radio = (item, value) => item.querySelector(`input[value="${value}"]`);
  const remark = (item) => item.querySelector("textarea");

  function answered() {
    return items
      .filter((item) => item.dataset.answer)
      .map((item) => ({
        language: item.dataset.language,
        id: item.dataset.id,
        sound: item.dataset.sound,
        answer: item.dataset.answer,
        by: by.value.trim(),
        note: remark(item).value.trim(),
      }));
  }

  function mark(item, value) {
    item.dataset.answer = value;
    radio(item, value).checked = true;
  }

  function remember() {
    const done = items.filter((item) => item.dataset.answer).length;
    progress.value = count.dataset.done = done;
    write(count);
    try {
      localStorage.setItem(PLACE, JSON.stringify({ language, by: by.value, answers: answered() }));
    } catch {
      say("forgetful"); // private windows, and some browsers for file://
    }
  }

  function recall() {
    try {
      return JSON.parse(localStorage.getItem(PLACE)) ?? {};
    } catch {
      return {};
    }
  }

  function restore(kept) {
    by.value = kept.by ?? "";
    for (const { language: of, id, answer, note } of kept.answers ?? []) {
      const item = items.find(({ dataset }) => dataset.language === of && dataset.id === id);
      mark(item, answer);
      remark(item).value = note;
    }
    speak(kept.language ?? language);
    remember();
  }

  function play() {
    const player = items[current].querySelector("audio");
    if (player.paused) player.play();
    else player.pause();
  }

  function choose(value) {
    mark(items[current], value);
    remember();
  }

  function move(step) {
    const inside = items[current].contains(document.activeElement);
    const next = Math.min(Math.max(inside ? current + step : current, 0), items.length - 1);
    items[next].focus({ preventScroll: true });
    items[next].scrollIntoView({ block: "nearest" });
  }

  function key(event) {
    const { target } = event;
    const writing = target.matches("textarea, #by");
    const pressing = event.key === " " && target.matches("button, [type=radio]:not(:checked)");
    const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
    if (!act || writing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the player and the radio buttons have keys of their own
    act();
  }

  function save() {
    const answers = answered();
    if (!answers.length) return say("unanswered");
    if (!by.value.trim()) {
      by.focus();
      return say("nameless");
    }
    const file = { "voicekit-approvals": 1, workspace: document.body.dataset.workspace, answers };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
    link.download = "approvals.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000); // ms; Safari reads it late
    say("ready");
  }

  function hush({ target }) {
    for (const player of document.querySelectorAll("audio")) if (player !== target) player.pause();
  }

  items.forEach((item, index) => {
    item.addEventListener("focusin", () => (current = index));
    item.addEventListener("pointerdown", () => (current = index)); // Safari gives a clicked button no focus
    item.addEventListener("change", ({ target }) => {
      if (target.type === "radio") mark(item, target.value);
      remember();
    });
  });
  document.addEventListener("input", remember);
  document.addEventListener("keydown", key, true);
  document.addEventListener("play", hush, true);
  download.addEventListener("click", save);
  toggle.addEventListener("click", () => {
    speak(language === "ru" ? "en" : "ru");
    remember();
  });
  restore(recall());
}
