// What one wake-up costs on this machine: sleeps a second and does nothing else, as often as it is told.
// Prints {"wakes":N,"us":MICROSECONDS of processor time for each}.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

// The nanoseconds that this process has run.
static unsigned long long ran(void) {
  unsigned long long time = 0;
  FILE *file = fopen("/proc/self/schedstat", "r");
  if (file == NULL || fscanf(file, "%llu", &time) != 1)
    exit(1);
  fclose(file);
  return time;
}

int main(int argc, char **argv) {
  int wakes = argc > 1 ? atoi(argv[1]) : 10;
  unsigned long long before = ran();
  for (int i = 0; i < wakes; i++)
    poll(NULL, 0, 1000);
  printf("{\"wakes\":%d,\"us\":%.0f}\n", wakes, (ran() - before) / 1000.0 / wakes);
  return 0;
}
