// How fast this machine multiplies at best: the ceiling that products are compared with.
#ifndef CKERNELS_PEAK_H
#define CKERNELS_PEAK_H

#include "CKernelsPanels.h"

/// The multiplications and additions per second of one thread that does nothing else, for about so many
/// seconds: independent instructions on registers, of the kind that a product of this operand uses.
double lethe_peak(lethe_kernel_set set, lethe_operand operand, double seconds);

#endif
