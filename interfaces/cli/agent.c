/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Agent: pkttyagent, which asks for a password on our terminal. */
#include "interfaces/cli/agent.h"

#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10 * 1000 };

struct Agent {
    pid_t pid;
};

/* It asks for its parent; what already has an agent, such as a desktop, keeps that. */
static void become_agent(int ready_fd) {
    char text[16];

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    fcntl(ready_fd, F_SETFD, 0);
    snprintf(text, sizeof(text), "%d", ready_fd);
    execlp("pkttyagent", "pkttyagent", "--notify-fd", text, "--fallback", NULL);
    _exit(127);
}

/* It closes the descriptor when polkit knows it, or at its end. */
static void wait_until_ready(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    while (poll(&wait, 1, PATIENCE_MS) > 0 && !(wait.revents & (POLLHUP | POLLERR)))
        if (read(fd, &(char) {0}, 1) <= 0)
            break;
}

Agent *agent_start(void) {
    Agent *agent;
    int ready[2];
    pid_t pid;

    /* Root needs no rights, and without a terminal nobody can be asked. */
    if (geteuid() == 0 || !isatty(STDIN_FILENO) || pipe2(ready, O_CLOEXEC) < 0)
        return NULL;
    pid = fork();
    if (pid == 0)
        become_agent(ready[1]);
    close(ready[1]);
    if (pid > 0)
        wait_until_ready(ready[0]);
    close(ready[0]);
    if (pid < 0)
        return NULL;
    agent = g_new(Agent, 1);
    *agent = (Agent) {.pid = pid};
    return agent;
}

Agent *agent_stop(Agent *agent) {
    if (!agent)
        return NULL;
    kill(agent->pid, SIGTERM);
    kill(agent->pid, SIGCONT);
    waitpid(agent->pid, NULL, 0);
    g_free(agent);
    return NULL;
}
