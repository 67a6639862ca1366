/* The MCP-like server at the far end of every bench: so fast that what stands before it is what is measured.
 *
 *   server [-a BYTES]   answer each JSON line that has an "id" with {"jsonrpc":"2.0","id":<same raw id>,"result":{"content":
 *                       [{"type":"text","text":"<BYTES times x>"}]}}; default 100. A line above 64 KiB is answered by a
 *                       line of its own size. Lines without an id (notifications) get no answer.
 *   server -c           consume: answer nothing but a request of the method "bench/count", whose text is the number of
 *                       lines read before it.
 *
 * All answers to what one read brought leave in one write. Ends at the end of input, with status 0. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, BIG_LINE = 64 * 1024 };

struct bytes {
    char *data;
    size_t length, capacity;
};

static void reserve(struct bytes *b, size_t extra) {
    if (b->length + extra <= b->capacity)
        return;
    size_t capacity = b->capacity ? b->capacity : READ_SIZE;
    while (capacity < b->length + extra)
        capacity *= 2;
    b->data = realloc(b->data, capacity);
    if (!b->data) {
        fprintf(stderr, "server: out of memory\n");
        exit(70);
    }
    b->capacity = capacity;
}

static void append(struct bytes *b, const char *data, size_t length) {
    reserve(b, length);
    memcpy(b->data + b->length, data, length);
    b->length += length;
}

static void append_text(struct bytes *b, const char *text) { append(b, text, strlen(text)); }

static void flush(struct bytes *b) {
    for (size_t sent = 0; sent < b->length;) {
        ssize_t n = write(STDOUT_FILENO, b->data + sent, b->length - sent);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            exit(0); /* the client is gone */
        sent += (size_t)n;
    }
    b->length = 0;
}

/* A big fill leaves in pieces, so that what is measured is the way of the bytes and not the server's memory. */
static void append_fill(struct bytes *b, size_t count) {
    while (count) {
        size_t piece = count < READ_SIZE ? count : READ_SIZE;
        reserve(b, piece);
        memset(b->data + b->length, 'x', piece);
        b->length += piece;
        if (b->length > READ_SIZE)
            flush(b);
        count -= piece;
    }
}

/* The raw text of the member "id" of the outermost object, or NULL. Knows strings, escapes and nesting; stops at the id. */
static const char *find_id(const char *p, const char *end, size_t *length) {
    for (int depth = 0; p < end; p++) {
        if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            depth--;
        } else if (*p == '"') {
            const char *text = ++p;
            while (p < end && *p != '"')
                p += *p == '\\' ? 2 : 1;
            if (depth != 1 || p - text != 2 || memcmp(text, "id", 2) || p + 1 >= end || p[1] != ':')
                continue;
            const char *value = p + 2, *stop = value;
            if (stop < end && *stop == '"') {
                for (stop++; stop < end && *stop != '"'; stop++)
                    stop += *stop == '\\';
                stop++;
            } else {
                while (stop < end && *stop != ',' && *stop != '}')
                    stop++;
            }
            *length = (size_t)(stop - value);
            return stop <= end ? value : NULL;
        }
    }
    return NULL;
}

static void answer(struct bytes *out, const char *line, size_t length, size_t text_size, const char *text) {
    size_t id_length;
    const char *id = find_id(line, line + length, &id_length);
    if (!id)
        return;
    if (length > BIG_LINE)
        flush(out);
    size_t start = out->length;
    append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    append(out, id, id_length);
    append_text(out, ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"");
    const char *tail = "\"}]}}\n";
    if (text)
        append_text(out, text);
    else if (length > BIG_LINE)
        append_fill(out, length + 1 - (out->length - start) - strlen(tail));
    else
        append_fill(out, text_size);
    append_text(out, tail);
}

int main(int argc, char **argv) {
    size_t text_size = 100;
    int consume = 0;
    for (int option; (option = getopt(argc, argv, "a:c")) != -1;) {
        if (option == 'a') {
            text_size = strtoul(optarg, NULL, 10);
        } else if (option == 'c') {
            consume = 1;
        } else {
            fprintf(stderr, "usage: server [-a BYTES | -c]\n");
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    struct bytes in = {0}, out = {0};
    unsigned long lines = 0;
    for (;;) {
        reserve(&in, READ_SIZE);
        ssize_t got = read(STDIN_FILENO, in.data + in.length, READ_SIZE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        size_t searched = in.length, start = 0;
        in.length += (size_t)got;
        for (char *end; (end = memchr(in.data + searched, '\n', in.length - searched));) {
            size_t length = (size_t)(end - in.data) - start;
            const char *line = in.data + start;
            if (!consume) {
                answer(&out, line, length, text_size, NULL);
            } else if (length < 256 && memmem(line, length, "\"bench/count\"", 13)) {
                char count[32];
                snprintf(count, sizeof count, "%lu", lines);
                answer(&out, line, length, 0, count);
            }
            lines++;
            start = searched = (size_t)(end - in.data) + 1;
        }
        flush(&out);
        in.length -= start;
        memmove(in.data, in.data + start, in.length);
    }
}
