// What trained taggers promise: how right their published tags are, how true their confidences, and what more precision costs in coverage.
const SVG = 'http://www.w3.org/2000/svg';
const CURVE = {width: 320, height: 150, left: 34, bottom: 20, top: 8, right: 8};

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

const asPercent = (part, digits = 0) => `${number(100 * part, digits)}%`;

/** Precision over coverage, the surest tags first; a dashed line where the promise lies. */
function promiseCurve(promise) {
  const points = promise.curves.flatMap((curve) => curve.points);
  if (!points.length) return null;
  const lowest = Math.max(0, Math.floor(10 * Math.min(promise.precision - 0.05, ...points.map(([, y]) => y))) / 10);
  const x = (coverage) => CURVE.left + coverage * (CURVE.width - CURVE.left - CURVE.right);
  const y = (precision) => CURVE.top + (1 - precision) / (1 - lowest || 1) * (CURVE.height - CURVE.top - CURVE.bottom);
  const line = (curve) => svg('polyline', {class: `curve ${curve.kind}`, points: curve.points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ')});
  const words = (text, place, at, anchor = 'end') => {
    const node = svg('text', {x: place.toFixed(1), y: at.toFixed(1), 'text-anchor': anchor});
    node.textContent = text;
    return node;
  };
  const target = y(promise.precision).toFixed(1);
  const label = t('promise.curve', {tagger: promise.tagger});
  return svg('svg', {class: 'curves', viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: 'img', 'aria-label': label},
    svg('line', {class: 'frame', x1: x(0), x2: x(1), y1: y(lowest), y2: y(lowest)}),
    svg('line', {class: 'target', x1: x(0), x2: x(1), y1: target, y2: target}),
    words(asPercent(1), x(0) - 5, y(1) + 4), words(asPercent(lowest), x(0) - 5, y(lowest)),
    words('0', x(0), CURVE.height - 5, 'start'), words(t('promise.axis'), x(1), CURVE.height - 5),
    ...promise.curves.map(line));
}

function promiseSentence(promise) {
  const holes = {precision: asPercent(promise.precision, 1), confidence: asPercent(promise.confidence, 1), judged: promise.judged};
  if (promise.attributes !== null) return t('promise.each', {...holes, kept: promise.attributes[0], all: promise.attributes[1]});
  if (promise.threshold === null) return t('promise.never', holes);
  return t('promise.kept', {...holes, threshold: number(promise.threshold, 3), share: asPercent(promise.share)});
}

function promisePanel(promise) {
  const errors = promise.curves.map((curve) => t(curve.kind === 'after' ? 'promise.error.after' : 'promise.error.before', {error: asPercent(curve.error, 1)}));
  const never = promise.attributes === null && promise.threshold === null;
  return el('div', {class: 'panel promise'}, el('h3', {}, t('promise.title'), ' ', el('small', {}, promise.tagger)),
    el('p', {class: never ? 'warn-text' : ''}, promiseSentence(promise)),
    promiseCurve(promise),
    el('p', {class: 'note'}, errors.join(' · ')));
}
