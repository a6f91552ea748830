/** Several files as one ZIP archive, stored without compression; the files are not held in memory. */

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, so that the same files make the same archive. */
const DATE = 0x0021;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** The checksum of a file (CRC-32, as in ISO 3309). @param {Blob} file */
export async function crc32(file) {
  let sum = 0xffffffff;
  const reader = file.stream().getReader();
  for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
    for (const byte of value) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/**
 * Readers take an archive's files in the order of their names, so each lies in a folder with its number.
 * @param {File[]} files
 * @param {string} name
 * @param {(file: File, index: number) => string} pathOf
 */
export async function zipOf(files, name, pathOf = (file, index) => `${index + 1}/${file.name}`) {
  /** @type {BlobPart[]} */
  const parts = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let offset = 0;
  for (const [index, file] of files.entries()) {
    const path = new TextEncoder().encode(pathOf(file, index));
    const entry = { path, size: file.size, sum: await crc32(file), offset };
    const head = header(LOCAL, entry);
    parts.push(head, file);
    directory.push(header(CENTRAL, entry));
    offset += head.length + file.size;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return new File([...parts, ...directory, end(files.length, size, offset)], name, { type: "application/zip" });
}

/**
 * @param {number} kind
 * @param {{path: Uint8Array, size: number, sum: number, offset: number}} entry
 */
function header(kind, { path, size, sum, offset }) {
  const isCentral = kind === CENTRAL;
  const fixed = isCentral ? 46 : 30;
  const bytes = new Uint8Array(fixed + path.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  const at = isCentral ? 6 : 4;
  if (isCentral) view.setUint16(4, 20, true);
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, UTF8_NAMES, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, sum, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, path.length, true);
  if (isCentral) view.setUint32(42, offset, true);
  bytes.set(path, fixed);
  return bytes;
}

/** @param {number} files @param {number} size @param {number} offset */
function end(files, size, offset) {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, END, true);
  view.setUint16(8, files, true);
  view.setUint16(10, files, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return bytes;
}
