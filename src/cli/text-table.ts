/** A row of cells; all rows of a table have the same number of them. */
export type TextRow = readonly string[];

/** Lines of columns side by side, two blanks apart. The first `numbers` columns are aligned to the right. */
export function textTable(rows: readonly TextRow[], numbers: number): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < numbers ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
}
