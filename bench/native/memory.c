/* Resident memory of the arm's process and of its named descendants, sampled while the bench runs. */
#define _GNU_SOURCE
#include "driver.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROCESSES = 4096, MOST_SAMPLES = 64 };

struct process {
    pid_t pid, parent;
    char name[32];
};

static struct process processes[MOST_PROCESSES];
static int process_count;
static long arm_samples[MOST_SAMPLES], other_samples[MOST_SAMPLES], arm_peak;
static int sample_count;

static void read_processes(void) {
    process_count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && process_count < MOST_PROCESSES && (entry = readdir(folder));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        char path[64];
        snprintf(path, sizeof path, "/proc/%.16s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        struct process *p = &processes[process_count];
        if (file && fscanf(file, "%d (%31[^)]) %*c %d", &p->pid, p->name, &p->parent) == 3)
            process_count++;
        if (file)
            fclose(file);
    }
    if (folder)
        closedir(folder);
}

static int descends_from_arm(pid_t pid) {
    for (int depth = 0; pid > 1 && depth < 64; depth++) {
        pid_t parent = 0;
        for (int i = 0; i < process_count; i++)
            if (processes[i].pid == pid)
                parent = processes[i].parent;
        if (parent == arm.pid)
            return 1;
        pid = parent;
    }
    return 0;
}

static long read_status(pid_t pid, const char *field) {
    char path[64], line[256];
    long value = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field)))
            value = strtol(line + strlen(field), NULL, 10);
    if (file)
        fclose(file);
    return value;
}

void sample_memory(void) {
    if (sample_count == MOST_SAMPLES)
        return;
    read_processes();
    long others = 0;
    for (int i = 0; i < process_count; i++)
        if (!strncmp(processes[i].name, options.memory, strlen(options.memory)) && descends_from_arm(processes[i].pid))
            others += read_status(processes[i].pid, "VmRSS:");
    arm_samples[sample_count] = read_status(arm.pid, "VmRSS:");
    other_samples[sample_count++] = others;
    arm_peak = read_status(arm.pid, "VmHWM:");
}

static void print_samples(const char *name, const long *samples) {
    printf(",\"%s\":[", name);
    for (int i = 0; i < sample_count; i++)
        printf("%s%ld", i ? "," : "", samples[i]);
    printf("]");
}

void print_memory(void) {
    if (!options.memory)
        return;
    printf(",\"peak_kb\":%ld", arm_peak);
    print_samples("rss_kb", arm_samples);
    print_samples("plugin_rss_kb", other_samples);
}
