// SPDX-License-Identifier: Apache-2.0
// The shell: its state and its parts' entry points. There is no fork(): commands are spawned, and a subshell is a new sh that is
// given the state as text.
#pragma once
#include <csignal>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "ast.hpp"
#include "variables.hpp"

namespace sh {

struct Function {
    std::string name;
    NodePtr body;
};

struct Process {
    pid_t pid = -1;
    int status = 0; // wait() word
    bool done = false;
};

struct Job {
    int number = 0;
    pid_t group = 0;
    std::vector<Process> processes; // the last one's status is the job's
    std::string text;
    bool background = false;
    bool reported = false;
};

enum class Flow {
    normal,
    break_,
    continue_,
    return_,
    exit,
    abort_, // an expansion error or ^C: back to the prompt, or out of the script
};

// What a child's descriptors 0..9 come from; -1 = closed.
struct FdMap {
    static constexpr int size = 10;
    int fd[size];
    std::vector<int> owned; // closed in the shell after the spawn
};

struct Options {
    bool exit_on_error = false; // -e
    bool trace = false;         // -x
    bool no_unset = false;      // -u
    bool no_glob = false;       // -f
    bool interactive = false;   // -i
};

class Shell {
public:
    // entry points (exec.cpp)
    int run_text(const std::string& text, const char* origin, int first_line = 1);
    int run_file(const std::string& path);
    int execute(const Node& node);
    int execute_compound(const Node& node);
    int execute_loop(const Node& node);
    int execute_for(const Node& node);
    int execute_case(const Node& node);
    int execute_select(const Node& node); // menu.cpp
    int execute_time(const Node& node);   // stopwatch.cpp
    int execute_test(const Node& node);   // [[ ]]
    int condition(const Node& node);
    bool loop_goes_on();
    // Of for and select: what to go through, and one round; false: there is no (further) one, and status says why.
    bool loop_words(const Node& node, std::vector<std::string>& items);
    bool loop_round(const Node& node, const std::string& value);
    void run_traps();
    void run_exit_trap();

    // exec_simple.cpp
    int execute_simple(const Node& node);
    bool is_expanding(const std::string& alias) const;
    int run_alias(const Node& node, const std::pair<std::string, std::string>& alias);
    int call_function(const Function& function, const std::vector<std::string>& args);
    int assign(const std::string& raw);
    int set_variable(const std::string& name,
                     const std::string& value); // an integer's is worked out
    const Function* find_function(const std::string& name) const;

    // launch.cpp: starting programs
    pid_t launch(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                 const FdMap& fds, pid_t group, int& status);
    pid_t launch_subshell(const std::string& text, const FdMap& fds, pid_t group, int& status);
    std::string find_program(const std::string& name) const; // "" = not found
    std::string state_text() const; // variables and functions as shell source

    // pipeline.cpp
    int execute_pipeline(const Node& node, bool background);
    int execute_background(const Node& node);
    void execute_subshell(const Node& node);
    void define(const Node& node);
    void take_interrupt();
    bool capture_builtin(const Node& node, std::string& output);
    bool capture(const std::string& text, std::string& output); // $(text)
    pid_t start_element(const Node& node, FdMap& fds, pid_t group, int& status);

    // redirect.cpp
    FdMap inherited() const;
    bool redirect(const std::vector<Redirect>& redirects, FdMap& fds);
    int with_redirects(const Node& node, int (Shell::*body)(const Node&));
    bool apply(FdMap& fds, std::vector<std::pair<int, int>>& saved,
               bool keep); // onto the shell itself
    void undo(std::vector<std::pair<int, int>>& saved);
    static void close_owned(FdMap& fds);

    // expand.cpp
    bool expand_words(const std::vector<std::string>& raw, std::vector<std::string>& fields);
    bool expand_text(const std::string& raw,
                     std::string& text); // one field, no splitting or globbing
    bool expand_pattern(const std::string& raw,
                        std::string& pattern); // quoted characters come with a backslash
    bool expand_heredoc(const std::string& body, std::string& text);
    bool arithmetic(const std::string& text, long& value);

    // jobs.cpp
    Job& add_job(std::vector<Process> processes, pid_t group, const std::string& text,
                 bool background);
    int wait_job(Job& job);
    void reap();        // takes what ended without blocking
    void report_jobs(); // "[1] + Done ..." of finished background jobs
    Job* find_job(const char* spec);
    void forget_job(int number);
    void give_terminal(pid_t group);

    // Standard output of builtins: kept in memory inside $( ).
    void output(const std::string& text);
    void error(const char* format, ...) __attribute__((format(printf, 2, 3)));

    Variables vars;
    std::vector<Function> functions;
    std::vector<std::pair<std::string, std::string>> aliases;
    std::vector<std::string> expanding; // the aliases that are running: not expanded again
    std::vector<Job> jobs;
    Options options;
    int status = 0;            // $?
    pid_t shell_pid = 0;       // $$
    pid_t last_background = 0; // $!
    Flow flow = Flow::normal;
    int flow_count = 0; // break n, continue n
    int loop_depth = 0;
    int call_depth = 0; // functions and dot scripts
    int line = 0;
    int condition_depth = 0; // -e does not act in conditions
    bool job_control = false;
    int terminal = -1;
    std::string program;     // where this sh was found
    std::string traps[NSIG]; // [0] = EXIT
    bool trap_set[NSIG] = {};
    std::string* sink = nullptr;               // where output() goes, null = descriptor 1
    std::vector<std::vector<Variable>> locals; // saved by `local`, for each call
};

extern volatile sig_atomic_t interrupted; // SIGINT came while the shell itself was running
extern volatile sig_atomic_t pending_signals[NSIG];

// builtins.cpp
using Builtin = int (*)(Shell& shell, const std::vector<std::string>& args);
Builtin find_builtin(const std::string& name);
bool is_special_builtin(const std::string& name);
const char* const* builtin_names(size_t& count);
void getopts_begin(); // OPTIND was assigned
int builtin_getopts(Shell& shell, const std::vector<std::string>& args);
int builtin_let(Shell& shell, const std::vector<std::string>& args);
int builtin_echo(Shell& shell, const std::vector<std::string>& args);
int builtin_print(Shell& shell, const std::vector<std::string>& args);
int builtin_alias(Shell& shell, const std::vector<std::string>& args);
int builtin_local(Shell& shell, const std::vector<std::string>& args);
int builtin_typeset(Shell& shell, const std::vector<std::string>& args);
int builtin_unalias(Shell& shell, const std::vector<std::string>& args);
int builtin_ulimit(Shell& shell, const std::vector<std::string>& args);
int builtin_test(Shell& shell, const std::vector<std::string>& args);
int builtin_printf(Shell& shell, const std::vector<std::string>& args);
int builtin_read(Shell& shell, const std::vector<std::string>& args);
int builtin_jobs(Shell& shell, const std::vector<std::string>& args);
int builtin_wait(Shell& shell, const std::vector<std::string>& args);
int builtin_kill(Shell& shell, const std::vector<std::string>& args);
int builtin_fg(Shell& shell, const std::vector<std::string>& args);
int builtin_set(Shell& shell, const std::vector<std::string>& args);
int builtin_times(Shell& shell, const std::vector<std::string>& args);
int builtin_trap(Shell& shell, const std::vector<std::string>& args);
int signal_number(const char* name); // -1 = unknown
const char* signal_name(int signo);

// pattern.cpp
bool match(const char* pattern, const char* text);
bool has_wildcards(const std::string& pattern);
std::vector<std::string> glob(const std::string& pattern);
std::string remove_escapes(const std::string& pattern);

// The escapes of printf's format and of echo -e: \n \t \\ \0nnn ...
std::string unescape(const std::string& text);
std::string quote(const std::string& text); // so that the shell reads it back as one word
int exit_status(int wait_status);
void write_all(int fd, const std::string& text);

} // namespace sh
