/* What driver.c (the arm's process and its lines), modes.c (what is measured) and memory.c share. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

struct options {
    unsigned long settle_ms, pace;
    const char *hook, *memory;
};

/* The process under test: its pipes, and what was read from it and not yet taken. */
struct arm {
    pid_t pid;
    int to, from;
    size_t length, taken;
    char buffer[1 << 20];
};

extern struct options options;
extern struct arm arm;

__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);
double now(void);
void start_arm(char **command);
int stop_arm(double *took);
void send_all(const char *data, size_t length);
int receive(void);
char *next_line(size_t *length);
void check_answer(const char *line, size_t length, unsigned long id);
void ask(unsigned long id);
size_t write_request(char *to, unsigned long id);
void settle(void);

void run_latency(char **command, unsigned long count, unsigned long warmup);
void run_throughput(char **command, unsigned long count, unsigned long window);
void run_flood(char **command, unsigned long count);
void run_big(char **command, unsigned long size);
void run_firstbyte(char **command, unsigned long count);

void sample_memory(void);
void print_memory(void);
