/** Words on a page: their baseline's start in points from the lower left corner, and their font size. */
export type Words = { size: number; x: number; y: number; words: string };

/** A page of a PDF: words, or a picture and no text, as a scanner makes it. */
export type PdfPage = readonly Words[] | "picture";

/**
 * A small PDF, written by hand. Words are Latin, without brackets and backslashes.
 *
 * @param trailer more entries of the trailer, as `/Encrypt …`
 */
export function pdfOf(pages: readonly PdfPage[], trailer = ""): Uint8Array {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${5 + index * 2} 0 R`).join(" ")}] >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n@\nendstream",
    ...pages.flatMap((page, index) => {
      const content = page === "picture" ? "q 612 0 0 792 0 0 cm /Im0 Do Q" : page.map(shown).join("\n");
      const resources = "<< /Font << /F1 3 0 R >> /XObject << /Im0 4 0 R >> >>";
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources ${resources} /Contents ${6 + index * 2} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  let body = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const xref = body.length;
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${xref}\n%%EOF`;
  return new TextEncoder().encode(body);
}

const shown = ({ size, x, y, words }: Words) => `BT /F1 ${size} Tf ${x} ${y} Td (${words}) Tj ET`;

/** A page of a heading and paragraphs, a line for each. */
export function pageOf([heading, ...paragraphs]: readonly [string, ...string[]]): Words[] {
  return [
    { size: 18, x: 72, y: 720, words: heading },
    ...paragraphs.map((words, index) => ({ size: 11, x: 72, y: 690 - index * 30, words })),
  ];
}
