// SPDX-License-Identifier: Apache-2.0
// Waiting for processes, background jobs, the terminal's foreground group.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

int exit_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void Shell::give_terminal(pid_t group)
{
    if (job_control && terminal >= 0) {
        tcsetpgrp(terminal, group);
    }
}

Job& Shell::add_job(std::vector<Process> processes, pid_t group, const std::string& text,
                    bool background)
{
    Job job;
    job.processes = std::move(processes);
    job.group = group;
    job.text = text;
    job.background = background;
    job.number = 1;
    for (const Job& other : jobs) {
        job.number = other.number >= job.number ? other.number + 1 : job.number;
    }
    jobs.push_back(job);
    if (background) {
        last_background = job.processes.back().pid;
        if (options.interactive) {
            char line_text[48];
            std::snprintf(line_text, sizeof line_text, "[%d] %d\n", job.number,
                          static_cast<int>(last_background));
            write_all(2, line_text);
        }
    }
    return jobs.back();
}

void Shell::forget_job(int number)
{
    for (size_t i = 0; i < jobs.size(); ++i) {
        if (jobs[i].number == number) {
            jobs.erase(jobs.begin() + static_cast<long>(i));
            return;
        }
    }
}

namespace {

void tell_death(int wait_status, bool interactive)
{
    if (!WIFSIGNALED(wait_status)) {
        return;
    }
    const int signo = WTERMSIG(wait_status);
    if (signo == SIGINT || signo == SIGPIPE) {
        if (interactive && signo == SIGINT) {
            write_all(2, "\n");
        }
        return;
    }
    write_all(2, std::string(strsignal(signo)) + "\n");
}

} // namespace

// A foreground job to its end; it is forgotten then.
int Shell::wait_job(Job& job)
{
    const int number = job.number;
    if (job.group > 0) {
        give_terminal(job.group);
        if (interrupted) { // ^C came after the job's start, but before the terminal was the job's
            kill(-job.group, SIGINT);
        }
    }
    for (Process& p : job.processes) {
        while (!p.done) {
            const pid_t got = waitpid(p.pid, &p.status, 0);
            if (got == p.pid || (got < 0 && errno != EINTR)) {
                p.status = got < 0 ? 127 << 8 : p.status;
                p.done = true;
            }
        }
    }
    if (job.group > 0) {
        give_terminal(getpgrp());
    }
    const int last = job.processes.back().status;
    tell_death(last, options.interactive);
    status = exit_status(last);
    if (job.group > 0 && WIFSIGNALED(last) && WTERMSIG(last) == SIGINT && options.interactive) {
        flow = loop_depth || call_depth ? Flow::abort_ : flow; // ^C ends the loop too
    }
    forget_job(number);
    reap(); // a loop may wait for the end of a job of the background
    return status;
}

void Shell::reap()
{
    for (Job& job : jobs) {
        for (Process& p : job.processes) {
            if (!p.done) {
                const pid_t got = waitpid(p.pid, &p.status, WNOHANG);
                if (got == p.pid || (got < 0 && errno == ECHILD)) {
                    p.done = true;
                }
            }
        }
    }
}

static bool finished(const Job& job)
{
    for (const Process& p : job.processes) {
        if (!p.done) {
            return false;
        }
    }
    return true;
}

void Shell::report_jobs()
{
    reap();
    for (size_t i = 0; i < jobs.size();) {
        if (!finished(jobs[i])) {
            ++i;
            continue;
        }
        const int st = jobs[i].processes.back().status;
        std::string how = "Done";
        if (WIFSIGNALED(st)) {
            how = strsignal(WTERMSIG(st));
        } else if (WEXITSTATUS(st)) {
            how = "Done(" + std::to_string(WEXITSTATUS(st)) + ")";
        }
        if (options.interactive) {
            char text[512];
            std::snprintf(text, sizeof text, "[%d] + %-20s %s\n", jobs[i].number, how.c_str(),
                          jobs[i].text.c_str());
            write_all(2, text);
        }
        if (!options.interactive && jobs[i].processes.back().pid == last_background) {
            ++i; // `wait $!` may still ask
            continue;
        }
        jobs.erase(jobs.begin() + static_cast<long>(i));
    }
}

// %n, %%, %+, a pid; null = the newest job.
Job* Shell::find_job(const char* spec)
{
    if (!spec || std::strcmp(spec, "%%") == 0 || std::strcmp(spec, "%+") == 0) {
        return jobs.empty() ? nullptr : &jobs.back();
    }
    const bool by_number = *spec == '%';
    const long n = std::strtol(spec + by_number, nullptr, 10);
    for (Job& job : jobs) {
        if (by_number ? job.number == n : job.processes.back().pid == n || job.group == n) {
            return &job;
        }
    }
    return nullptr;
}

int builtin_jobs(Shell& shell, const std::vector<std::string>&)
{
    shell.reap();
    for (const Job& job : shell.jobs) {
        char text[512];
        std::snprintf(text, sizeof text, "[%d] %s %-10d %-20s %s\n", job.number,
                      &job == &shell.jobs.back() ? "+" : " ",
                      static_cast<int>(job.processes.back().pid),
                      finished(job) ? "Done" : "Running", job.text.c_str());
        shell.output(text);
    }
    return 0;
}

int builtin_fg(Shell& shell, const std::vector<std::string>& args)
{
    Job* job = shell.find_job(args.size() > 1 ? args[1].c_str() : nullptr);
    if (!job) {
        shell.error("fg: no such job");
        return 1;
    }
    shell.output(job->text + "\n");
    if (job->group > 0) {
        kill(-job->group, SIGCONT);
    }
    job->background = false;
    return shell.wait_job(*job);
}

int builtin_wait(Shell& shell, const std::vector<std::string>& args)
{
    int result = 0;
    const auto finish = [&](Job& job) {
        for (Process& p : job.processes) {
            while (!p.done) {
                const pid_t got = waitpid(p.pid, &p.status, 0);
                if (got == p.pid || (got < 0 && errno != EINTR)) {
                    p.done = true;
                } else if (interrupted) {
                    return 128 + SIGINT;
                }
            }
        }
        const int st = exit_status(job.processes.back().status);
        shell.forget_job(job.number);
        return st;
    };
    if (args.size() < 2) {
        while (!shell.jobs.empty() && !interrupted) {
            finish(shell.jobs.back());
        }
        return interrupted ? 128 + SIGINT : 0;
    }
    for (size_t i = 1; i < args.size(); ++i) {
        Job* job = shell.find_job(args[i].c_str());
        result = job ? finish(*job) : 127;
    }
    return result;
}

} // namespace sh
