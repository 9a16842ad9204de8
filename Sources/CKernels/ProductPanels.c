#include "PackedInt8.h"
#include "Panels.h"

// So much of packed rows stays in the second cache beside a panel, and so many panels in the third.
enum { ROWS_BYTES = 100 << 10, PANELS_BYTES = 4 << 20 };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// How many steps of `step`, at least one, of `bytes` each, fill `room`.
static size_t fitting(size_t room, size_t bytes, size_t step) {
  size_t count = room / bytes;
  return (count > 0 ? count : 1) * step;
}

// A product, and the part of it that is worked at.
typedef struct {
  tile_kernel *tile;
  size_t steps, block_bytes, panel_bytes;
  const char *blocks, *panels;
  size_t m, n;
  float *c;
  size_t c_stride;
  size_t row, last_row, column, last_column;
} panel_product;

static void multiply_part(const panel_product *p) {
  for (size_t column = p->column; column < p->last_column; column += WIDTH) {
    const char *panel = p->panels + column / WIDTH * p->panel_bytes;
    size_t used = smaller(p->n - column, WIDTH);
    for (size_t row = p->row; row < p->last_row; row += BLOCK_ROWS) {
      p->tile(
        p->blocks + row / BLOCK_ROWS * p->block_bytes, panel, p->steps,
        smaller(p->m - row, BLOCK_ROWS), used, 0, p->c + row * p->c_stride + column, p->c_stride);
    }
  }
}

static void multiply(panel_product p) {
  size_t rows = fitting(ROWS_BYTES, p.block_bytes, BLOCK_ROWS);
  size_t columns = fitting(PANELS_BYTES, p.panel_bytes, WIDTH);
  for (p.column = 0; p.column < p.n; p.column = p.last_column) {
    p.last_column = smaller(p.n, p.column + columns);
    for (p.row = 0; p.row < p.m; p.row = p.last_row) {
      p.last_row = smaller(p.m, p.row + rows);
      multiply_part(&p);
    }
  }
}

void lethe_multiply_panels(
  lethe_kernel_set set, lethe_operand operand, const void *packed, size_t first, size_t m,
  const void *panels, size_t n, size_t k, float *c, size_t c_stride) {
  int is_int8 = operand == LETHE_INT8;
  size_t block_bytes = lethe_packed_rows_bytes(operand, 1, k);
  multiply((panel_product){
    .tile = is_int8 ? lethe_int8_tile_kernel(set) : lethe_word_tile_kernel(set, operand),
    .steps = is_int8 ? run_count(k) : word_count(operand, k),
    .block_bytes = block_bytes,
    .panel_bytes = lethe_panel_bytes(operand, k),
    .blocks = (const char *)packed + first / BLOCK_ROWS * block_bytes,
    .panels = panels,
    .m = m,
    .n = n,
    .c = c,
    .c_stride = c_stride});
}
