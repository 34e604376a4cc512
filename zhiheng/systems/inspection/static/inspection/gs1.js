/* Enough of GS1 to read product, lot and serial from a code without a network. The server reads it again and is right. */
const GS = "\u001d";
/* Application identifiers of fixed length that labels carry (GS1 General Specifications, figure 7.8.5-2). */
const FIXED = { "00": 18, "01": 14, "02": 14, 11: 6, 12: 6, 13: 6, 15: 6, 16: 6, 17: 6, 20: 2 };

const right = (digits) => {
  const sum = [...digits.slice(0, -1)].reverse().reduce((all, digit, i) => all + Number(digit) * (i % 2 ? 1 : 3), 0);
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
};

/* {gtin, lot, serial, broken} of a GTIN, an element string (with or without brackets), or a Digital Link. */
export function parse(text) {
  const given = text.trim();
  const parts = brackets(given) ?? link(given) ?? digits(given) ?? elements(given) ?? {};
  const gtin = parts["01"]?.padStart(14, "0") ?? "";
  return { gtin, lot: parts[10] ?? "", serial: parts[21] ?? "", broken: Boolean(gtin) && !right(gtin) };
}

function brackets(text) {
  if (!text.startsWith("(")) return null;
  return Object.fromEntries([...text.matchAll(/\((\d{2,4})\)([^(]+)/g)].map(([, ai, value]) => [ai, value.trim()]));
}

function link(text) {
  if (!/^https?:\/\//i.test(text)) return null;
  const path = new URL(text).pathname.split("/").map(decodeURIComponent);
  const at = path.indexOf("01");
  if (at < 0) return null;
  const found = {};
  for (let i = at; i + 1 < path.length; i += 2) found[path[i]] = path[i + 1];
  return found;
}

function digits(text) {
  const bare = text.replace(/[\s-]/g, "");
  return /^(\d{8}|\d{12,14})$/.test(bare) ? { "01": bare } : null;
}

function elements(text) {
  let rest = text.replace(/^\][A-Za-z]\d/, "");
  if (rest.startsWith(GS)) rest = rest.slice(1);
  if (!/^01\d{14}/.test(rest)) return null;
  const found = {};
  while (rest.length > 2) {
    const ai = rest.slice(0, 2);
    const end = FIXED[ai] ? 2 + FIXED[ai] : rest.includes(GS) ? rest.indexOf(GS) : rest.length;
    found[ai] = rest.slice(2, end);
    rest = rest.slice(end).replace(GS, "");
  }
  return found;
}
