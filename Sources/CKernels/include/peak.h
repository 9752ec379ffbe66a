// What rates of kernels are measured against: multiply-adds that wait for nothing.
#ifndef SUPERTILE_PEAK_H
#define SUPERTILE_PEAK_H
#include <stddef.h>

/// Multiplies and adds `rounds` times in registers, in the widest vectors this CPU has.
/// Returns the floating-point operations done: two a multiplication and addition.
double supertile_multiply_adds(size_t rounds);
#endif
