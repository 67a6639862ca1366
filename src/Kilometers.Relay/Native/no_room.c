/*
 * What km does where .NET itself does not start: there it ends before Main, with status 255 and without a word. So this comes before it. As
 * everywhere else where there is no room for km, the server takes its place, and one line says so; unless policy may have plugins watch it,
 * which nobody can find out here.
 *
 * Linux only, and linked in place of main (--wrap=main). The limits are those of ResourceNeeds.OfRelay, the words those of Session.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIN_ADDRESS_SPACE (1024ULL << 20)
#define MIN_DATA (64ULL << 20)
#define MIN_STACK (128ULL << 10)
#define MIN_FILES 24ULL

#define LARGEST_POLICY (1 << 20)

int __real_main(int argc, char **argv);

static char why[160];

static int is_below(int resource, unsigned long long least, int shift, const char *what)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= least)
        return 0;
    snprintf(why, sizeof why, "km may have only %llu %s and needs %llu", (unsigned long long)limit.rlim_cur >> shift, what, least >> shift);
    return 1;
}

static void *nothing(void *unused) { return unused; }

static int has_no_thread(void)
{
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    int problem = pthread_create(&thread, &small, nothing, NULL);
    pthread_attr_destroy(&small);
    if (problem == 0)
        pthread_join(thread, NULL);
    else
        snprintf(why, sizeof why, "km cannot start a single thread (ulimit -u)");
    return problem != 0;
}

static int is_too_small(void)
{
    return is_below(RLIMIT_AS, MIN_ADDRESS_SPACE, 10, "KiB of address space (ulimit -v)")
        || is_below(RLIMIT_DATA, MIN_DATA, 10, "KiB of data (ulimit -d)")
        || is_below(RLIMIT_STACK, MIN_STACK, 10, "KiB of stack (ulimit -s)")
        || is_below(RLIMIT_NOFILE, MIN_FILES, 0, "open files (ulimit -n)")
        || has_no_thread();
}

/* Whether a policy of the user's own may require plugins: as PolicyHint, in doubt yes. */
static int may_require(const char *home, const char *rest)
{
    static char path[PATH_MAX];
    struct stat seen;
    if (snprintf(path, sizeof path, "%s%s/config/policy.json", home, rest) >= (int)sizeof path)
        return 1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno != ENOENT && errno != ENOTDIR;
    int known = fstat(file, &seen) == 0 && S_ISREG(seen.st_mode) && seen.st_size < LARGEST_POLICY;
    char *text = known && seen.st_size > 0 ? mmap(NULL, seen.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (text == MAP_FAILED)
        return !known || seen.st_size > 0;
    return memmem(text, seen.st_size, "require", 7) != NULL || memchr(text, '\\', seen.st_size) != NULL;
}

static int must_ask(void)
{
    struct stat seen;
    if (stat("/etc/km/policy.json", &seen) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return 1;
    const char *home = getenv("KM_HOME");
    if (home && *home)
        return home[0] == '/' && may_require(home, "");
    home = getenv("HOME");
    if (!home || home[0] != '/') {
        const struct passwd *user = getpwuid(geteuid());
        home = user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
    }
    return home && may_require(home, "/.km");
}

int __wrap_main(int argc, char **argv)
{
    if (!is_too_small())
        return __real_main(argc, argv);
    int server = 3;
    while (server < argc && strcmp(argv[server - 1], "--") != 0)
        server++;
    if (argc < 2 || strcmp(argv[1], "monitor") != 0 || server >= argc) {
        dprintf(2, "km: This command cannot run: %s. Raise the limit, or end other programs [MON_RES_001]\n", why);
        return 1;
    }

    if (must_ask()) {
        dprintf(2, "km: The server was not started, because policy may require plugins and km cannot run here: %s [MON_HST_003]\n", why);
        return 1;
    }

    dprintf(2, "km: This session is not observed, and km runs the server directly: %s [MON_RES_001]\n", why);
    execvp(argv[server], argv + server);
    int missing = errno == ENOENT || errno == ENOTDIR;
    dprintf(2, "km: Cannot start the server '%s': %s [%s]\n", argv[server], strerror(errno), missing ? "MON_CMD_001" : "MON_CMD_002");
    return missing ? 127 : 126;
}
