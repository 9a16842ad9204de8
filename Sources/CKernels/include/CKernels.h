// The hot loops of Lethe: the only C in the house.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "CKernelsDecode.h"
#include "CKernelsDelta.h"

#endif
