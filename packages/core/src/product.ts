/** How many numbers a tensor of this shape has. */
export function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
