/* The minimal relay that `km monitor` is measured against: read, write, nothing else.
 *
 *   relay CMD ARGS...
 *
 * Spawns CMD with pipes, copies stdin to it and its stdout to ours (one thread and one 64 KiB buffer per direction),
 * leaves stderr alone, and exits with CMD's status (128+n for a signal). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024 };

struct direction {
    int from, to;
};

/* Returns at the end of input, or when the other side no longer reads. */
static void copy(int from, int to) {
    char buffer[BUFFER_SIZE];
    for (;;) {
        ssize_t got = read(from, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        for (ssize_t sent = 0; sent < got;) {
            ssize_t n = write(to, buffer + sent, (size_t)(got - sent));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return;
            sent += n;
        }
    }
}

static void *copy_input(void *argument) {
    const struct direction *direction = argument;
    copy(direction->from, direction->to);
    close(direction->to); /* the child sees our end of input */
    return NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: relay CMD ARGS...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
        perror("relay: pipe");
        return 126;
    }
    pid_t child = fork();
    if (child < 0) {
        perror("relay: fork");
        return 126;
    }
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(argv[1], argv + 1);
        fprintf(stderr, "relay: %s: %s\n", argv[1], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    close(in[0]);
    close(out[1]);

    pthread_t thread;
    struct direction input = {STDIN_FILENO, in[1]};
    if (pthread_create(&thread, NULL, copy_input, &input)) {
        fprintf(stderr, "relay: no thread\n");
        return 126;
    }
    copy(out[0], STDOUT_FILENO);
    close(out[0]);

    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); /* ends the input thread too */
}
