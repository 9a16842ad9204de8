// A file that shrinks while it is mapped must not end the process.
//
// Touching a page that the file no longer has raises SIGBUS. For addresses in a guarded mapping the
// handler puts zero pages in place of the missing ones, remembers that the mapping has changed, and
// lets the read go on; the reader asks afterwards. Faults elsewhere go to whoever was there before.
#ifndef CKERNELS_MAPPING_H
#define CKERNELS_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/// A guarded mapping.
typedef struct lethe_mapping lethe_mapping;

/// Guards the pages of a private, read-only mapping, which may be read by several threads. Returns
/// NULL without memory.
lethe_mapping *lethe_mapping_guard(const void *start, size_t byte_count);

/// Whether pages of the mapping were missing when they were touched.
bool lethe_mapping_has_changed(const lethe_mapping *mapping);

/// Ends the guard, which must happen before the pages are unmapped.
void lethe_mapping_release(lethe_mapping *mapping);

/// Gives up the pages of some bytes of a read-only mapping of a file, up to the page in which they
/// end; touched again, they are read again.
void lethe_mapping_discard(const void *start, size_t byte_count);

#endif
