// What the row kernels share: the layout of weights, [panel of outputs][value seen][output in panel].
#ifndef SUPERTILE_ROW_PRODUCT_INTERNAL_H
#define SUPERTILE_ROW_PRODUCT_INTERNAL_H
#include "row_product.h"

enum {
  /// Outputs of a panel: one vector of AVX-512, two of AVX2.
  ROW_PANEL = 16,
  /// Pixels that share a pass over the weights, a multiple of both kernels' groups: they stay in the second-level cache.
  ROW_BLOCK = 48,
};

void supertile_row_avx2(const supertile_row_product *product);
void supertile_row_avx512(const supertile_row_product *product);
#endif
