// SPDX-License-Identifier: Apache-2.0
// select: a menu whose choices run its body.
#include <cstdlib>

#include "shell.hpp"

namespace sh {

namespace {

// On descriptor 2, numbered, one below the other.
void show_menu(const std::vector<std::string>& items)
{
    std::string text;
    const size_t digits = std::to_string(items.size()).size();
    for (size_t i = 0; i < items.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        text += std::string(digits - number.size(), ' ') + number + ") " + items[i] + "\n";
    }
    write_all(2, text);
}

} // namespace

// Until break or the end of input: asks with PS3, the answer is in REPLY and the word it is the number of (or nothing) in the
// variable. An empty answer shows the menu again.
int Shell::execute_select(const Node& node)
{
    std::vector<std::string> items;
    if (!loop_words(node, items) || items.empty()) {
        return status;
    }
    ++loop_depth;
    show_menu(items);
    for (;;) {
        const std::string* prompt = vars.get("PS3");
        write_all(2, prompt != nullptr ? *prompt : "#? ");
        if (builtin_read(*this, {"read", "-r", "REPLY"}) != 0) {
            write_all(2, "\n");
            status = 1;
            break;
        }
        const std::string answer = *vars.get("REPLY");
        if (answer.empty()) {
            show_menu(items);
            continue;
        }
        char* end = nullptr;
        const long choice = std::strtol(answer.c_str(), &end, 10);
        const bool known =
            *end == '\0' && choice >= 1 && static_cast<size_t>(choice) <= items.size();
        if (!loop_round(node, known ? items[static_cast<size_t>(choice) - 1] : "")) {
            break;
        }
    }
    --loop_depth;
    return status;
}

} // namespace sh
