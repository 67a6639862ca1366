/* The measurements of the driver; described at the top of driver.c. */
#define _GNU_SOURCE
#include "driver.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void *allocate(size_t size) {
    void *memory = malloc(size);
    if (!memory)
        fail("out of memory");
    return memory;
}

static void finish(void) {
    double took;
    int status = stop_arm(&took);
    print_memory();
    printf(",\"exit\":%d,\"stop_ms\":%.1f}\n", status, took * 1e3);
}

static void set_blocking(int blocking) {
    int descriptors[] = {arm.to, arm.from};
    for (int i = 0; i < 2; i++) {
        int flags = fcntl(descriptors[i], F_GETFL);
        fcntl(descriptors[i], F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
    }
}

void run_latency(char **command, unsigned long count, unsigned long warmup) {
    double *times = allocate(count * sizeof *times), sum = 0;
    start_arm(command);
    settle();
    for (unsigned long i = 1; i <= warmup; i++)
        ask(i);
    for (unsigned long i = 0; i < count; i++) {
        double start = now();
        ask(warmup + 1 + i);
        times[i] = (now() - start) * 1e6;
        sum += times[i];
        if (options.memory && i % (count / 20 + 1) == 0)
            sample_memory();
    }
    qsort(times, count, sizeof *times, compare);
    printf("{\"mode\":\"latency\",\"n\":%lu,\"p50_us\":%.2f,\"p99_us\":%.2f,\"mean_us\":%.2f", count, times[count / 2],
        times[count * 99 / 100], sum / (double)count);
    finish();
}

/* How many calls may have been made by now. */
static unsigned long due(unsigned long count, double start) {
    double paced = options.pace ? (now() - start) * (double)options.pace : (double)count;
    return paced < (double)count ? (unsigned long)paced : count;
}

void run_throughput(char **command, unsigned long count, unsigned long window) {
    static char pending[1 << 18];
    size_t to_send = 0, sent = 0;
    unsigned long asked = 0, answered = 0, sampled = 0;
    double bytes = 0;
    start_arm(command);
    settle();
    set_blocking(0);
    double start = now();
    while (answered < count) {
        if (sent == to_send)
            for (sent = to_send = 0; asked < due(count, start) && asked - answered < window && to_send < sizeof pending - 512; asked++)
                to_send += write_request(pending + to_send, asked + 1);
        if (sent < to_send) {
            ssize_t n = write(arm.to, pending + sent, to_send - sent);
            if (n < 0 && errno != EAGAIN && errno != EINTR)
                fail("the arm no longer reads: %s", strerror(errno));
            sent += n > 0 ? (size_t)n : 0;
            bytes += n > 0 ? (double)n : 0;
        }
        struct pollfd ready[] = {{arm.from, POLLIN, 0}, {arm.to, sent < to_send ? POLLOUT : 0, 0}};
        int paused = asked < count && asked == answered && sent == to_send;
        int found = poll(ready, 2, paused ? 1 : 30000);
        if (found == 0 && !paused)
            fail("no answer for 30 s: %lu asked, %lu answered", asked, answered);
        if (!(ready[0].revents & (POLLIN | POLLHUP)) || !receive())
            continue;
        size_t length;
        for (char *line; (line = next_line(&length)); bytes += (double)length)
            check_answer(line, length, ++answered);
        if (options.memory && answered >= sampled) {
            sample_memory();
            sampled += count / 20;
        }
    }
    double took = now() - start;
    set_blocking(1);
    printf("{\"mode\":\"throughput\",\"n\":%lu,\"window\":%lu,\"msg_per_s\":%.0f,\"mb_per_s\":%.2f", count, window,
        2 * (double)count / took, bytes / took / 1e6);
    finish();
}

void run_flood(char **command, unsigned long count) {
    static char batch[1 << 16];
    size_t length = 0;
    double bytes = 0;
    start_arm(command);
    double start = now();
    for (unsigned long i = 0; i < count; i++) {
        length += (size_t)sprintf(batch + length,
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":\"bench\",\"progress\":%lu}}\n", i);
        if (length > sizeof batch - 256 || i + 1 == count) {
            send_all(batch, length);
            bytes += (double)length;
            length = 0;
        }
    }
    const char *question = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"bench/count\"}\n";
    send_all(question, strlen(question));
    char *line;
    while (!(line = next_line(&length)))
        receive();
    double took = now() - start;
    char expected[64];
    snprintf(expected, sizeof expected, "\"text\":\"%lu\"", count);
    if (!memmem(line, length, expected, strlen(expected)))
        fail("the server did not see %lu lines: %.*s", count, (int)length, line);
    printf("{\"mode\":\"flood\",\"n\":%lu,\"msg_per_s\":%.0f,\"mb_per_s\":%.2f", count, (double)count / took, bytes / took / 1e6);
    finish();
}

void run_big(char **command, unsigned long size) {
    const char *head = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"big\",\"arguments\":{\"data\":\"";
    const char *tail = "\"}}}\n";
    if (size < strlen(head) + strlen(tail) + 65536)
        fail("big: at least 66000 bytes");
    char *message = allocate(size);
    memset(message, 'y', size);
    memcpy(message, head, strlen(head));
    memcpy(message + size - strlen(tail), tail, strlen(tail));
    start_arm(command);
    settle();
    double start = now();
    send_all(message, size);
    size_t got = 0;
    for (int done = 0; !done;) {
        if (!receive())
            fail("read: %s", strerror(errno));
        if (got == 0 && arm.length >= 32)
            check_answer(arm.buffer, arm.length, 1);
        done = arm.buffer[arm.length - 1] == '\n';
        got += arm.length;
        arm.taken = arm.length;
    }
    double took = now() - start;
    if (got != size)
        fail("sent %lu bytes, got %zu back", size, got);
    printf("{\"mode\":\"big\",\"bytes\":%lu,\"ms\":%.1f,\"mb_per_s\":%.1f", size, took * 1e3, 2 * (double)size / took / 1e6);
    finish();
}

void run_firstbyte(char **command, unsigned long count) {
    double *times = allocate(count * sizeof *times), took;
    int status = 0;
    for (unsigned long i = 0; i < count; i++) {
        double start = now();
        start_arm(command);
        ask(1);
        times[i] = (now() - start) * 1e3;
        status = stop_arm(&took);
    }
    qsort(times, count, sizeof *times, compare);
    printf("{\"mode\":\"firstbyte\",\"n\":%lu,\"p50_ms\":%.2f,\"min_ms\":%.2f,\"exit\":%d,\"stop_ms\":%.1f}\n", count,
        times[count / 2], times[0], status, took * 1e3);
}
