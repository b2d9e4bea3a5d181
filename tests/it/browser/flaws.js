(() => {
  const flaws = [];
  const flaw = (wrong, text) => { if (wrong) flaws.push(text); };
  flaw(document.documentElement.lang !== "en", "the page does not say its language");
  flaw(!document.title, "the page has no title");
  flaw(document.querySelectorAll("h1").length !== 1, "there is not one heading");
  flaw(!document.querySelector("main"), "there is no main part");
  flaw(!document.querySelector("meta[name=viewport]"), "a telephone would show it small");
  const width = document.documentElement.clientWidth;
  flaw(document.documentElement.scrollWidth > width, "it scrolls sideways");

  // As a system colour in any notation, made numbers by the browser itself.
  const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
    .getContext("2d", {willReadFrequently: true});
  const rgba = (text) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const light = (text) => {
    const [r, g, b] = [...rgba(text)].slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const background = getComputedStyle(at).backgroundColor;
      if (rgba(background)[3] === 255) return background;
    }
    return "Canvas";
  };
  for (const element of document.querySelectorAll("main *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    if (!text || !box.width) continue;
    const [one, two] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const name = element.textContent.trim().slice(0, 40);
    // WCAG 1.4.3
    flaw(contrast < 4.5, `${name}: a contrast of ${contrast.toFixed(1)}`);
    flaw(parseFloat(getComputedStyle(element).fontSize) < 13, `${name}: is too small to read`);
    flaw(box.left < 0 || box.right > width + 0.5, `${name}: is beside the screen`);
  }
  const targets = [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")];
  for (const target of targets) {
    const box = target.getBoundingClientRect();
    // WCAG 2.5.5
    flaw(box.height < 44 || box.width < 44, `${target.textContent}: ${box.width} x ${box.height} is hard to hit`);
  }
  const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
  flaw(loaded.some((url) => url.origin !== location.origin), "something is loaded from elsewhere");
  return flaws;
})()
