// How eagerly a thread runs beside the others of the machine.
//
// Errors   none: a sandbox may refuse; then the thread runs as the others do
// Threads  any
#pragma once

#include <sys/types.h>

namespace reprise {

// lowest: runs where no other thread wants the processor (SCHED_IDLE, else nice 19).
enum class thread_priority { normal, lowest };

// Of the thread with that number, 0 for the calling one; of a process that has only just begun, and
// so of all its later threads.
void lower_priority(pid_t thread) noexcept;

}  // namespace reprise
