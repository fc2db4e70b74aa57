// SPDX-License-Identifier: Apache-2.0
// The startup script: modifiers, environment words, internal commands and external programs.
#include "script.hpp"

#include "attributes.hpp"

#include <abi/image.h>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace buildfile {
namespace {

struct Modifiers {
    uint8_t flags = 0;
    uint8_t cpu = 0;
    uint8_t policy = 0;
    uint8_t priority = 0;
    std::string argv0;
    std::string partition; // sched_aps=
};

constexpr const char* known_modifiers[] = {"session", "external", "argv0",
                                           "cpu",     "pri",      "sched_aps"};

void set_flag(Modifiers& modifiers, uint8_t flag, bool on)
{
    modifiers.flags = static_cast<uint8_t>(on ? modifiers.flags | flag : modifiers.flags & ~flag);
}

unsigned parse_limited(const std::string& text, size_t& used, unsigned low, unsigned high)
{
    unsigned long value = 0;
    used = 0;
    try {
        value = std::stoul(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || value < low || value > high) {
        throw std::runtime_error("expected a number from " + std::to_string(low) + " to " +
                                 std::to_string(high));
    }
    return static_cast<unsigned>(value);
}

void set_priority(Modifiers& modifiers, const std::string& value)
{
    size_t used = 0;
    modifiers.priority = static_cast<uint8_t>(parse_limited(value, used, 1, 255));
    modifiers.policy = 2;
    if (used < value.size()) {
        size_t policy = std::string("fro").find(value[used]);
        if (policy == std::string::npos || used + 1 != value.size()) {
            throw std::runtime_error("expected a priority and f, r or o: pri=10r");
        }
        modifiers.policy = static_cast<uint8_t>(policy + 1);
    }
    set_flag(modifiers, SCRIPT_FLAG_SCHED_SET, true);
}

void set_cpu(Modifiers& modifiers, const std::string& value)
{
    size_t used = value.size();
    set_flag(modifiers, SCRIPT_FLAG_CPU_SET, value != "*");
    if (value != "*") {
        modifiers.cpu = static_cast<uint8_t>(parse_limited(value, used, 0, 63));
    }
    if (used != value.size()) {
        throw std::runtime_error("expected a CPU number or *");
    }
}

bool apply_modifier(Modifiers& modifiers, const RawAttribute& raw)
{
    bool on = raw.sign == '+';
    if (!raw.value && raw.name == "session") {
        set_flag(modifiers, SCRIPT_FLAG_SESSION, on);
    } else if (!raw.value && raw.name == "external") {
        set_flag(modifiers, SCRIPT_FLAG_EXTERNAL, on);
    } else if (raw.value && raw.name == "pri") {
        set_priority(modifiers, *raw.value);
    } else if (raw.value && raw.name == "cpu") {
        set_cpu(modifiers, *raw.value);
    } else if (raw.value && raw.name == "argv0") {
        modifiers.argv0 = *raw.value;
    } else if (raw.value && raw.name == "sched_aps") {
        modifiers.partition = *raw.value;
        set_flag(modifiers, SCRIPT_FLAG_PARTITION, !raw.value->empty());
    } else {
        return false;
    }
    return true;
}

bool is_assignment(const Word& word)
{
    return word.glued_equals;
}

uint32_t parse_seconds(const std::string& text)
{
    size_t used = 0;
    double seconds = -1;
    try {
        seconds = std::stod(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used != text.size() || text.empty() || !(seconds >= 0 && seconds <= 100000)) {
        throw std::runtime_error("'" + text + "' is not a number of seconds");
    }
    return static_cast<uint32_t>(seconds * 1000 + 0.5);
}

bool is_seconds(const std::string& text)
{
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

// One record being put together.
class Record {
public:
    Record(uint8_t type, const Modifiers& modifiers)
    {
        head_.type = type;
        head_.flags = modifiers.flags;
        head_.cpu = modifiers.cpu;
        head_.policy = modifiers.policy;
        head_.priority = modifiers.priority;
    }

    void add(const std::string& text) { strings_ += text + '\0'; }
    void set_counts(size_t argc, size_t envc)
    {
        head_.argc = static_cast<uint16_t>(argc);
        head_.envc = static_cast<uint16_t>(envc);
    }
    void set_time(uint32_t milliseconds) { head_.value_ms = milliseconds; }
    void set_background() { head_.flags |= SCRIPT_FLAG_BACKGROUND; }
    void set_budget(uint8_t percent) { head_.priority = percent; }

    void append_to(Bytes& out)
    {
        size_t size = (offsetof(script_cmd, strings) + strings_.size() + 3) / 4 * 4;
        if (size > UINT16_MAX) {
            throw std::runtime_error("the line is too long");
        }
        head_.size = static_cast<uint16_t>(size);
        size_t at = out.size();
        out.resize(at + size);
        std::memcpy(out.data() + at, &head_, offsetof(script_cmd, strings));
        std::memcpy(out.data() + at + offsetof(script_cmd, strings), strings_.data(),
                    strings_.size());
    }

private:
    std::string strings_;
    script_cmd head_{}; // last: it ends in a flexible array
};

// What is left of a line after modifiers and environment words.
struct Command {
    const Modifiers& modifiers;
    std::vector<std::string> env;
    std::vector<std::string> words;
    bool background = false;
};

Record wait_record(const Command& command, uint8_t type, const char* usage)
{
    Record record(type, command.modifiers);
    std::vector<std::string> words(command.words.begin() + 1, command.words.end());
    uint32_t time = 5000;
    if (words.size() == 2 && type == SCRIPT_REOPEN && is_seconds(words[0])) {
        std::swap(words[0], words[1]); // reopen takes the time first or last
    }
    if (words.size() == 2) {
        time = parse_seconds(words[1]);
        words.pop_back();
    }
    if (words.empty() && type == SCRIPT_REOPEN) {
        words.push_back("/dev/console");
    }
    if (words.size() != 1) {
        throw std::runtime_error(usage);
    }
    record.add(words[0]);
    record.set_time(time);
    return record;
}

Record text_record(const Command& command)
{
    Record record(SCRIPT_DISPLAY_MSG, command.modifiers);
    std::string text;
    for (size_t i = 1; i < command.words.size(); ++i) {
        text += (i > 1 ? " " : "") + command.words[i];
    }
    record.add(text);
    return record;
}

Record link_record(const Command& command)
{
    if (command.words.size() != 3) {
        throw std::runtime_error("usage: procmgr_symlink target link");
    }
    Record record(SCRIPT_PROCMGR_SYMLINK, command.modifiers);
    record.add(command.words[1]);
    record.add(command.words[2]);
    return record;
}

// sched_aps name budget [critical_ms]; the budget is a percentage, with or without its sign.
Record partition_record(const Command& command)
{
    if (command.words.size() < 3 || command.words.size() > 4) {
        throw std::runtime_error("usage: sched_aps name budget% [critical_ms]");
    }
    size_t used = 0;
    const std::string& text = command.words[2];
    unsigned budget = parse_limited(text, used, 0, 100);
    if (used != text.size() && text.substr(used) != "%") {
        throw std::runtime_error("'" + text + "' is not a budget in percent");
    }
    Record record(SCRIPT_EXTSCHED_APS, command.modifiers);
    record.add(command.words[1]);
    record.set_budget(static_cast<uint8_t>(budget));
    if (command.words.size() == 4) {
        uint32_t critical = parse_limited(command.words[3], used, 0, 1000000);
        if (used != command.words[3].size()) {
            throw std::runtime_error("'" + command.words[3] + "' is not a number of milliseconds");
        }
        record.set_time(critical);
    }
    return record;
}

Record external_record(const Command& command)
{
    Record record(SCRIPT_EXTERNAL, command.modifiers);
    record.add(command.words[0]);
    record.add(command.modifiers.argv0.empty() ? command.words[0] : command.modifiers.argv0);
    for (size_t i = 1; i < command.words.size(); ++i) {
        record.add(command.words[i]);
    }
    for (const std::string& assignment : command.env) {
        record.add(assignment);
    }
    if (command.modifiers.flags & SCRIPT_FLAG_PARTITION) {
        record.add(command.modifiers.partition);
    }
    record.set_counts(command.words.size(), command.env.size());
    if (command.background) {
        record.set_background();
    }
    return record;
}

Record compile(const Command& command)
{
    const std::string& name = command.words[0];
    if (command.modifiers.flags & SCRIPT_FLAG_EXTERNAL) {
        return external_record(command);
    }
    if (name == "waitfor") {
        return wait_record(command, SCRIPT_WAITFOR, "usage: waitfor path [seconds]");
    }
    if (name == "reopen") {
        return wait_record(command, SCRIPT_REOPEN, "usage: reopen [path] [seconds]");
    }
    if (name == "display_msg") {
        return text_record(command);
    }
    if (name == "procmgr_symlink") {
        return link_record(command);
    }
    if (name == "sched_aps") {
        return partition_record(command);
    }
    return external_record(command);
}

void compile_line(const CommandLine& line, const Modifiers& modifiers, Bytes& out)
{
    Command command{modifiers, {}, {}, false};
    size_t i = 0;
    for (; i < line.words.size() && is_assignment(line.words[i]); ++i) {
        command.env.push_back(line.words[i].text);
    }
    if (i == line.words.size()) {
        for (const std::string& assignment : command.env) {
            Record record(SCRIPT_SETENV, Modifiers{});
            record.add(assignment);
            record.append_to(out);
        }
        return;
    }
    for (; i < line.words.size(); ++i) {
        command.words.push_back(line.words[i].text);
    }
    std::string& last = command.words.back();
    if (line.words.back().ends_plain && last.back() == '&' && command.words[0] != "display_msg") {
        command.background = true;
        last.pop_back();
        if (last.empty()) {
            command.words.pop_back();
        }
    }
    if (command.words.empty()) {
        throw std::runtime_error("'&' without a command");
    }
    compile(command).append_to(out);
}

} // namespace

// The modifiers of one line on top of those in force; false when one of them is wrong.
static bool apply_modifiers(const CommandLine& line, Modifiers& modifiers, Diagnostics& diagnostics,
                            bool lenient)
{
    bool good = true;
    for (const Attribute& attribute : line.attributes) {
        const RawAttribute& raw = attribute.raw;
        if (lenient && raw.value && is_open(*raw.value)) {
            continue;
        }
        try {
            if (!apply_modifier(modifiers, raw)) {
                std::string near = nearest(raw.name, known_modifiers, std::size(known_modifiers));
                diagnostics.warning(attribute.at, "unknown modifier '" + raw.name + "'",
                                    near.empty() ? "it has no effect"
                                                 : "did you mean '" + near + "'?");
            }
        } catch (const std::runtime_error& problem) {
            diagnostics.error(attribute.at, "bad value for modifier '" + raw.name + "'",
                              problem.what());
            good = false;
        }
    }
    return good;
}

static bool holds_unknown(const CommandLine& line)
{
    for (const Word& word : line.words) {
        if (is_open(word.text)) {
            return true;
        }
    }
    return false;
}

Bytes compile_script(const std::vector<CommandLine>& lines, Diagnostics& diagnostics, bool lenient)
{
    Bytes out;
    Modifiers global;
    for (const CommandLine& line : lines) {
        Modifiers local = global;
        bool good = apply_modifiers(line, local, diagnostics, lenient);
        if (line.words.empty()) {
            global = local;
        } else if (good && !(lenient && holds_unknown(line))) {
            try {
                compile_line(line, local, out);
            } catch (const std::runtime_error& problem) {
                diagnostics.error({line.at.file, line.at.line, line.words[0].column},
                                  "bad script command", problem.what());
            }
        }
    }
    return out;
}

void end_script(Bytes& script)
{
    script.resize(script.size() + 4);
}

} // namespace buildfile
