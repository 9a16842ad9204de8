// The hot loops of Lethe, because Swift cannot choose an instruction set per function at run time,
// and the guard of mapped files, because Swift may not run in a signal handler: the only C in the
// house. Every vector kernel has a scalar twin that gives the same bits.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "CKernelsAttention.h"
#include "CKernelsBlocks.h"
#include "CKernelsDecode.h"
#include "CKernelsDelta.h"
#include "CKernelsEncode.h"
#include "CKernelsLowRank.h"
#include "CKernelsMapping.h"
#include "CKernelsPacked.h"
#include "CKernelsPanels.h"
#include "CKernelsPeak.h"
#include "CKernelsRows.h"
#include "CKernelsSet.h"
#include "CKernelsSketch.h"
#include "CKernelsStats.h"

#endif
