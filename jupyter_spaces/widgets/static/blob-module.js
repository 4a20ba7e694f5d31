// @ts-check

/** Import an ES module that came as bytes or text. @param {BlobPart} content @returns {Promise<any>} */
export async function importBlob(content) {
  const url = URL.createObjectURL(new Blob([content], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
