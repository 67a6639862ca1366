/* Drives one arm of a bench and measures it from outside, as an MCP client would see it.
 *
 *   driver [OPTIONS] MODE ARGS -- CMD ARGS...
 *
 *   latency N WARMUP      N sequential tools/call requests of about 200 bytes: p50, p99, mean (µs)
 *   throughput N WINDOW   N pipelined requests, at most WINDOW unanswered: messages/s (both directions), MB/s
 *   flood N               N notifications one way, then bench/count (needs `server -c`): messages/s, MB/s
 *   big BYTES             one request of BYTES and its answer of the same size: MB/s (both directions)
 *   firstbyte N           N times: spawn CMD, one request, until its answer: p50, min (ms)
 *
 *   -settle MS            wait this long after the first answer (plugins load meanwhile), before measuring
 *   -hook COMMAND         then run this with sh; KM_BENCH_PID is the arm's process
 *   -pace N               throughput: at most N calls per second
 *   -memory NAME          at every twentieth of the run, sample the resident memory of the arm's process and of all its
 *                         descendants whose name starts with NAME (kB)
 *
 * Prints one line of JSON. Every answer's id is checked; a wrong or missing one is an error (status 1). */
#define _GNU_SOURCE
#include "driver.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options options;
struct arm arm;

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "driver: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    if (arm.pid > 0)
        kill(arm.pid, SIGTERM);
    exit(1);
}

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void start_arm(char **command) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        fail("pipe: %s", strerror(errno));
    arm.pid = fork();
    if (arm.pid < 0)
        fail("fork: %s", strerror(errno));
    if (arm.pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(command[0], command);
        fprintf(stderr, "driver: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    arm.to = in[1];
    arm.from = out[0];
    arm.length = arm.taken = 0;
}

/* Closes the arm's input and waits for its end, as an MCP client does. Returns the exit status and the time it took. */
int stop_arm(double *took) {
    double start = now();
    int status = 0;
    close(arm.to);
    while (waitpid(arm.pid, &status, WNOHANG) == 0) {
        if (now() - start > 5) {
            kill(arm.pid, SIGKILL);
            waitpid(arm.pid, &status, 0);
            break;
        }
        usleep(200);
    }
    close(arm.from);
    arm.pid = 0;
    *took = now() - start;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void send_all(const char *data, size_t length) {
    while (length) {
        ssize_t n = write(arm.to, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail("the arm no longer reads: %s", strerror(errno));
        data += n;
        length -= (size_t)n;
    }
}

/* Reads what is there into the buffer; false at the end of output or when nothing is there (non-blocking). */
int receive(void) {
    if (arm.taken == arm.length)
        arm.taken = arm.length = 0;
    if (arm.length == sizeof arm.buffer) {
        memmove(arm.buffer, arm.buffer + arm.taken, arm.length - arm.taken);
        arm.length -= arm.taken;
        arm.taken = 0;
    }
    ssize_t n;
    while ((n = read(arm.from, arm.buffer + arm.length, sizeof arm.buffer - arm.length)) < 0 && errno == EINTR) {
    }
    if (n == 0)
        fail("the arm closed its output");
    if (n < 0)
        return 0;
    arm.length += (size_t)n;
    return 1;
}

/* The next whole line, or NULL if there is none in the buffer. */
char *next_line(size_t *length) {
    char *start = arm.buffer + arm.taken, *end = memchr(start, '\n', arm.length - arm.taken);
    if (!end)
        return NULL;
    *length = (size_t)(end - start) + 1;
    arm.taken += *length;
    return start;
}

void check_answer(const char *line, size_t length, unsigned long id) {
    char expected[64];
    int size = snprintf(expected, sizeof expected, "{\"jsonrpc\":\"2.0\",\"id\":%lu,", id);
    if (length < (size_t)size || memcmp(line, expected, (size_t)size))
        fail("expected the answer to %lu, got: %.*s", id, (int)(length < 200 ? length : 200), line);
}

void ask(unsigned long id) {
    char request[512];
    size_t length;
    send_all(request, write_request(request, id));
    char *line;
    while (!(line = next_line(&length)))
        if (!receive())
            fail("read: %s", strerror(errno));
    check_answer(line, length, id);
}

/* About 200 bytes, as a client writes them. */
size_t write_request(char *to, unsigned long id) {
    return (size_t)sprintf(to,
        "{\"jsonrpc\":\"2.0\",\"id\":%lu,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"query\":"
        "\"the quick brown fox jumps over the lazy dog\",\"limit\":25,\"path\":\"/documents/reports/2026\"}}}\n", id);
}

void settle(void) {
    ask(0);
    if (options.settle_ms)
        usleep((useconds_t)options.settle_ms * 1000);
    if (options.hook) {
        char pid[16];
        snprintf(pid, sizeof pid, "%d", (int)arm.pid);
        setenv("KM_BENCH_PID", pid, 1);
        int status = system(options.hook);
        if (status)
            fail("the hook failed (%d): %s", status, options.hook);
    }
}

static unsigned long number(char **argv, int index) {
    char *end;
    unsigned long value = argv[index] ? strtoul(argv[index], &end, 10) : 0;
    if (!argv[index] || *end || value == 0)
        fail("a positive number is missing after the mode; see driver.c");
    return value;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (!strcmp(argv[i], "-settle"))
            options.settle_ms = strtoul(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "-hook"))
            options.hook = argv[i + 1];
        else if (!strcmp(argv[i], "-pace"))
            options.pace = strtoul(argv[i + 1], NULL, 10);
        else if (!strcmp(argv[i], "-memory"))
            options.memory = argv[i + 1];
        else
            fail("unknown option %s", argv[i]);
    }
    int dashes = i;
    while (dashes < argc && strcmp(argv[dashes], "--"))
        dashes++;
    if (dashes + 1 >= argc)
        fail("usage: driver [-settle MS] [-hook COMMAND] [-pace N] [-memory NAME] MODE ARGS -- CMD ARGS...");
    argv[dashes] = NULL;
    char *mode = argv[i], **command = argv + dashes + 1;
    if (mode && !strcmp(mode, "latency"))
        run_latency(command, number(argv, i + 1), number(argv, i + 2));
    else if (mode && !strcmp(mode, "throughput"))
        run_throughput(command, number(argv, i + 1), number(argv, i + 2));
    else if (mode && !strcmp(mode, "flood"))
        run_flood(command, number(argv, i + 1));
    else if (mode && !strcmp(mode, "big"))
        run_big(command, number(argv, i + 1));
    else if (mode && !strcmp(mode, "firstbyte"))
        run_firstbyte(command, number(argv, i + 1));
    else
        fail("unknown mode %s", mode ? mode : "(none)");
    return 0;
}
