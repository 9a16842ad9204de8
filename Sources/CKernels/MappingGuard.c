#include "CKernelsMapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

// The handler walks through the records while other threads add and release mappings, and may take
// no lock. Records are therefore never freed, only used again, and each has a number that is odd
// while its fields change: what was read around a change of that number counts for nothing. The
// record of the mapping that a thread just touched cannot change, for its owner holds it.
struct lethe_mapping {
  atomic_uint change_count;
  atomic_uintptr_t start;
  atomic_size_t byte_count;  // 0: free.
  atomic_bool has_changed;
  struct lethe_mapping *next;  // Set before the record can be seen.
  struct lethe_mapping *next_free;
};

static _Atomic(lethe_mapping *) records;
static lethe_mapping *free_records;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous;
static uintptr_t page_bytes;

// MARK: The handler, which calls nothing but what a handler may

static bool contains(lethe_mapping *record, uintptr_t address, uintptr_t *end) {
  unsigned before = atomic_load_explicit(&record->change_count, memory_order_acquire);
  uintptr_t start = atomic_load_explicit(&record->start, memory_order_relaxed);
  size_t byte_count = atomic_load_explicit(&record->byte_count, memory_order_relaxed);
  atomic_thread_fence(memory_order_acquire);
  unsigned after = atomic_load_explicit(&record->change_count, memory_order_relaxed);
  if (before % 2 != 0 || before != after || byte_count == 0) return false;
  // The last page belongs to the mapping even where the file ended inside it.
  *end = (start + byte_count + page_bytes - 1) / page_bytes * page_bytes;
  return address >= start && address < *end;
}

// Puts zeros where a mapping's pages are missing; false for an address in no mapping.
static bool replace_pages(uintptr_t address) {
  lethe_mapping *record = atomic_load_explicit(&records, memory_order_acquire);
  for (; record != NULL; record = record->next) {
    uintptr_t end;
    if (!contains(record, address, &end)) continue;
    atomic_store(&record->has_changed, true);
    uintptr_t page = address / page_bytes * page_bytes;
    void *zeros = mmap((void *)page, end - page, PROT_READ,
                       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return zeros != MAP_FAILED;
  }
  return false;
}

static void pass_on(int number, siginfo_t *info, void *context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  } else if (previous.sa_handler != SIG_IGN || info->si_code > 0) {
    // A fault that is ignored would come back for ever. The signal is blocked until the handler
    // returns; then it does what it would have done without us.
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
    raise(number);
  }
}

static void handle(int number, siginfo_t *info, void *context) {
  int error = errno;
  // A signal that a process sent has no address.
  bool is_fault = info->si_code > 0;
  if (!is_fault || !replace_pages((uintptr_t)info->si_addr)) pass_on(number, info, context);
  errno = error;
}

// MARK: Records, under the lock

static void set(lethe_mapping *record, uintptr_t start, size_t byte_count) {
  unsigned count = atomic_load_explicit(&record->change_count, memory_order_relaxed);
  atomic_store_explicit(&record->change_count, count + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&record->start, start, memory_order_relaxed);
  atomic_store_explicit(&record->byte_count, byte_count, memory_order_relaxed);
  atomic_store_explicit(&record->change_count, count + 2, memory_order_release);
}

static lethe_mapping *take_record(void) {
  lethe_mapping *record = free_records;
  if (record != NULL) {
    free_records = record->next_free;
    return record;
  }
  record = calloc(1, sizeof *record);
  if (record == NULL) return NULL;
  record->next = atomic_load_explicit(&records, memory_order_relaxed);
  atomic_store_explicit(&records, record, memory_order_release);
  return record;
}

static void install(void) {
  page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &previous);
}

lethe_mapping *lethe_mapping_guard(const void *start, size_t byte_count) {
  pthread_mutex_lock(&lock);
  if (page_bytes == 0) install();
  lethe_mapping *record = take_record();
  if (record != NULL) {
    atomic_store(&record->has_changed, false);
    set(record, (uintptr_t)start, byte_count);
  }
  pthread_mutex_unlock(&lock);
  return record;
}

bool lethe_mapping_has_changed(const lethe_mapping *mapping) {
  return atomic_load_explicit(&mapping->has_changed, memory_order_relaxed);
}

void lethe_mapping_release(lethe_mapping *mapping) {
  pthread_mutex_lock(&lock);
  set(mapping, 0, 0);
  mapping->next_free = free_records;
  free_records = mapping;
  pthread_mutex_unlock(&lock);
}

// MARK: Pages

static uintptr_t first_page(const void *start) {
  return (uintptr_t)start / page_bytes * page_bytes;
}

void lethe_mapping_discard(const void *start, size_t byte_count) {
  uintptr_t first = first_page(start), end = first_page((const char *)start + byte_count);
  if (end > first) (void)madvise((void *)first, end - first, MADV_DONTNEED);
}
