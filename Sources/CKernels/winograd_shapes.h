// The kernels of one vector width: KERNEL_4X4, KERNEL_4X6 and KERNEL_6X6 are their names.
#define TILE_ROWS 4
#define TILE_COLUMNS 4
#include "winograd_blocks.h"

#define TILE_ROWS 4
#define TILE_COLUMNS 6
#include "winograd_blocks.h"

#define TILE_ROWS 6
#define TILE_COLUMNS 6
#include "winograd_blocks.h"

TARGET void KERNEL_4X4(const supertile_convolution *job, float *scratch) { convolve_4x4(job, scratch); }
TARGET void KERNEL_4X6(const supertile_convolution *job, float *scratch) { convolve_4x6(job, scratch); }
TARGET void KERNEL_6X6(const supertile_convolution *job, float *scratch) { convolve_6x6(job, scratch); }
