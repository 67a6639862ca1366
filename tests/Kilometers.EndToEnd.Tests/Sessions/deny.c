// deny WHAT COMMAND...: runs a command to which the kernel denies memory files (memfd), Unix sockets (unix), or both (memfd,unix).
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int install(struct sock_filter *filter, unsigned short length) {
  struct sock_fprog program = {length, filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int count, char **arguments) {
  struct sock_filter memfd[] = {LOAD(nr), UNLESS(__NR_memfd_create, 1), DENY, ALLOW};
  struct sock_filter unix_sockets[] = {
      LOAD(nr), IF(__NR_socket, 1), UNLESS(__NR_socketpair, 3), LOAD(args[0]), UNLESS(AF_UNIX, 1), DENY, ALLOW};
  if (count < 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 125;
  if (strstr(arguments[1], "memfd") && install(memfd, sizeof memfd / sizeof *memfd) != 0) return 125;
  if (strstr(arguments[1], "unix") && install(unix_sockets, sizeof unix_sockets / sizeof *unix_sockets) != 0) return 125;
  execvp(arguments[2], arguments + 2);
  perror(arguments[2]);
  return 126;
}
