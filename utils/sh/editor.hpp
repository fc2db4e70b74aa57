// SPDX-License-Identifier: Apache-2.0
// The interactive line: editing keys, history, completion. Works on one terminal descriptor, a character at a time.
#pragma once
#include <string>
#include <termios.h>
#include <vector>

namespace sh {

class Shell;

class Editor {
public:
    enum class Result { line, end, interrupt };

    Editor(Shell& shell, int terminal) : sh_(shell), fd_(terminal)
    {
        good_ = tcgetattr(fd_, &cooked_) == 0;
    }

    Result read_line(const std::string& prompt, std::string& line);
    void remember(const std::string& line);
    // A program ended normally: the settings it left (stty) are the ones to come back to.
    void adopt_settings();

private:
    enum Key : int {
        key_none = 256,
        key_up,
        key_down,
        key_left,
        key_right,
        key_home,
        key_end,
        key_delete,
        key_word_left,
        key_word_right,
        key_eof,
    };
    int read_byte();
    int read_key();
    int read_escape();
    void enter_raw();
    void leave_raw();
    bool handle(int key, Result& result);
    bool move(int key);
    void edit(int key);
    void insert(char c);
    void erase(size_t from, size_t to);
    void move_to(size_t at);
    void history_step(int by);
    void complete();
    void put(const std::string& text);
    void redraw();
    int columns() const;
    size_t width(size_t from, size_t to) const;
    size_t previous(size_t at) const;
    size_t following(size_t at) const;
    size_t word_left() const;
    size_t word_right() const;

    Shell& sh_;
    int fd_;
    bool good_;
    termios cooked_{};
    std::string prompt_, line_, stash_;
    size_t at_ = 0;
    size_t shown_row_ = 0;   // row of the cursor below the prompt's
    size_t shown_width_ = 0; // columns printed, prompt included
    std::vector<std::string> history_;
    size_t history_at_ = 0;
    bool last_tab_ = false;
};

// Words that could stand where `word` is; each complete.
std::vector<std::string> completions(Shell& shell, const std::string& word, bool command);

} // namespace sh
