// SPDX-License-Identifier: Apache-2.0
// Line editing: keys and their effect on the line.
#include "editor.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {
constexpr size_t history_max = 500;
constexpr int ctrl(char c)
{
    return c & 0x1f;
}
} // namespace

int Editor::read_byte()
{
    unsigned char c;
    for (;;) {
        const ssize_t n = read(fd_, &c, 1);
        if (n == 1) {
            return c;
        }
        if (n == 0 || errno != EINTR) {
            return key_eof;
        }
    }
}

// After ESC: the sequences of vt100-like terminals, and Alt-b, Alt-f.
int Editor::read_escape()
{
    int c = read_byte();
    if (c == 'b')
        return key_word_left;
    if (c == 'f')
        return key_word_right;
    if (c != '[' && c != 'O')
        return key_none;
    c = read_byte();
    int number = 0, modifier = 0;
    while ((c >= '0' && c <= '9') || c == ';') {
        if (c == ';') {
            modifier = number;
            number = 0;
        } else {
            number = number * 10 + (c - '0');
        }
        c = read_byte();
    }
    (void)modifier;
    switch (c) {
    case 'A':
        return key_up;
    case 'B':
        return key_down;
    case 'C':
        return key_right;
    case 'D':
        return key_left;
    case 'H':
        return key_home;
    case 'F':
        return key_end;
    case '~':
        return number == 1 || number == 7   ? key_home
               : number == 4 || number == 8 ? key_end
               : number == 3                ? key_delete
                                            : key_none;
    default:
        return key_none;
    }
}

int Editor::read_key()
{
    const int c = read_byte();
    return c == 27 ? read_escape() : c;
}

void Editor::enter_raw()
{
    if (!good_) {
        return;
    }
    termios raw = cooked_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(fd_, TCSADRAIN, &raw);
}

void Editor::leave_raw()
{
    if (good_) {
        tcsetattr(fd_, TCSADRAIN, &cooked_);
    }
}

void Editor::adopt_settings()
{
    termios now;
    if (good_ && tcgetattr(fd_, &now) == 0 && (now.c_lflag & ICANON)) {
        cooked_ = now;
    }
}

void Editor::put(const std::string& text)
{
    write_all(fd_, text);
}

int Editor::columns() const
{
    winsize size{};
    const int n = ioctl(fd_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    return n > 10 ? n : 80;
}

// Columns of line_[from, to): a UTF-8 character is taken as one.
size_t Editor::width(size_t from, size_t to) const
{
    size_t n = 0;
    for (size_t i = from; i < to; ++i) {
        n += (static_cast<unsigned char>(line_[i]) & 0xc0) != 0x80;
    }
    return n;
}

size_t Editor::previous(size_t at) const
{
    while (at > 0 && (static_cast<unsigned char>(line_[--at]) & 0xc0) == 0x80) {
    }
    return at;
}

size_t Editor::following(size_t at) const
{
    if (at < line_.size()) {
        ++at;
    }
    while (at < line_.size() && (static_cast<unsigned char>(line_[at]) & 0xc0) == 0x80) {
        ++at;
    }
    return at;
}

size_t Editor::word_left() const
{
    size_t i = at_;
    while (i > 0 && line_[i - 1] == ' ') {
        --i;
    }
    while (i > 0 && line_[i - 1] != ' ') {
        --i;
    }
    return i;
}

size_t Editor::word_right() const
{
    size_t i = at_;
    while (i < line_.size() && line_[i] == ' ') {
        ++i;
    }
    while (i < line_.size() && line_[i] != ' ') {
        ++i;
    }
    return i;
}

// A line that fits its row is redrawn without escape sequences; a longer one needs to go up rows.
void Editor::redraw()
{
    const size_t cols = static_cast<size_t>(columns());
    const size_t start = prompt_.size();
    const size_t total = start + width(0, line_.size());
    const size_t cursor = start + width(0, at_);
    std::string out;
    if (shown_row_ > 0) {
        out += "\x1b[" + std::to_string(shown_row_) + "A";
    }
    out += "\r" + prompt_ + line_;
    if (total < cols && shown_width_ < cols) {
        const size_t pad = shown_width_ > total ? shown_width_ - total : 0;
        out.append(pad, ' ');
        out.append(pad + total - cursor, '\b');
        shown_row_ = 0;
    } else {
        out += total % cols == 0 ? "\r\n" : "";
        out += "\x1b[J";
        const size_t up = total / cols - cursor / cols;
        if (up > 0) {
            out += "\x1b[" + std::to_string(up) + "A";
        }
        out += "\r";
        if (cursor % cols > 0) {
            out += "\x1b[" + std::to_string(cursor % cols) + "C";
        }
        shown_row_ = cursor / cols;
    }
    shown_width_ = total;
    put(out);
}

void Editor::insert(char c)
{
    line_.insert(at_, 1, c);
    ++at_;
    const size_t cols = static_cast<size_t>(columns());
    const size_t total = prompt_.size() + width(0, line_.size());
    if (at_ == line_.size()) {
        put(std::string(1, c)); // behind the last column the terminal wraps with the next character
        shown_width_ = total;
        shown_row_ = (total - 1) / cols;
    } else {
        redraw();
    }
}

void Editor::erase(size_t from, size_t to)
{
    line_.erase(from, to - from);
    at_ = from;
    redraw();
}

void Editor::move_to(size_t at)
{
    at_ = at;
    redraw();
}

void Editor::history_step(int by)
{
    if ((by < 0 && history_at_ == 0) || (by > 0 && history_at_ >= history_.size())) {
        return;
    }
    if (history_at_ == history_.size()) {
        stash_ = line_;
    }
    history_at_ += static_cast<size_t>(by);
    line_ = history_at_ == history_.size() ? stash_ : history_[history_at_];
    at_ = line_.size();
    redraw();
}

void Editor::remember(const std::string& line)
{
    if (line.find_first_not_of(" \t\n") == std::string::npos ||
        (!history_.empty() && history_.back() == line)) {
        return;
    }
    history_.push_back(line);
    if (history_.size() > history_max) {
        history_.erase(history_.begin());
    }
}

void Editor::complete()
{
    size_t begin = at_;
    while (begin > 0 && !std::strchr(" \t;|&<>()\"'=", line_[begin - 1])) {
        --begin;
    }
    const size_t before = line_.find_last_not_of(" \t", begin ? begin - 1 : 0);
    const bool command = begin == 0 || before == std::string::npos || before >= begin ||
                         std::strchr(";|&(", line_[before]);
    const std::string word = line_.substr(begin, at_ - begin);
    const std::vector<std::string> found = completions(sh_, word, command);
    if (found.empty()) {
        put("\a");
        return;
    }
    std::string common = found[0];
    for (const std::string& f : found) {
        size_t n = 0;
        while (n < common.size() && n < f.size() && common[n] == f[n]) {
            ++n;
        }
        common.resize(n);
    }
    std::string more = common.substr(word.size());
    if (found.size() == 1 && common.back() != '/') {
        more += ' ';
    }
    if (more.empty() && last_tab_) {
        std::string list = "\r\n";
        for (const std::string& f : found) {
            const size_t slash = f.find_last_of('/', f.size() >= 2 ? f.size() - 2 : 0);
            list += f.substr(slash == std::string::npos ? 0 : slash + 1) + "  ";
        }
        put(list + "\r\n");
        shown_row_ = shown_width_ = 0;
    }
    line_.insert(at_, more);
    at_ += more.size();
    redraw();
}

// True when the line is finished, with `result` saying how.
bool Editor::handle(int key, Result& result)
{
    switch (key) {
    case '\r':
    case '\n':
        if (at_ != line_.size()) {
            move_to(line_.size());
        }
        put("\r\n");
        result = Result::line;
        return true;
    case ctrl('C'):
        put("^C\r\n");
        result = Result::interrupt;
        return true;
    case key_eof:
        result = Result::end;
        return true;
    case ctrl('D'):
        if (line_.empty()) {
            put("\r\n");
            result = Result::end;
            return true;
        }
        break;
    default:
        break;
    }
    if (!move(key)) {
        edit(key);
    }
    last_tab_ = key == '\t';
    return false;
}

// True when the key moves the cursor, in the line or through the history.
bool Editor::move(int key)
{
    switch (key) {
    case ctrl('A'):
    case key_home:
        move_to(0);
        return true;
    case ctrl('E'):
    case key_end:
        move_to(line_.size());
        return true;
    case ctrl('B'):
    case key_left:
        move_to(previous(at_));
        return true;
    case ctrl('F'):
    case key_right:
        move_to(following(at_));
        return true;
    case key_word_left:
        move_to(word_left());
        return true;
    case key_word_right:
        move_to(word_right());
        return true;
    case ctrl('P'):
    case key_up:
        history_step(-1);
        return true;
    case ctrl('N'):
    case key_down:
        history_step(1);
        return true;
    default:
        return false;
    }
}

void Editor::edit(int key)
{
    switch (key) {
    case ctrl('D'):
    case key_delete:
        erase(at_, following(at_));
        break;
    case 127:
    case ctrl('H'):
        if (at_ > 0) {
            erase(previous(at_), at_);
        }
        break;
    case ctrl('K'):
        erase(at_, line_.size());
        break;
    case ctrl('U'):
        erase(0, at_);
        break;
    case ctrl('W'):
        erase(word_left(), at_);
        break;
    case ctrl('L'):
        put("\x1b[H\x1b[2J");
        shown_row_ = shown_width_ = 0;
        redraw();
        break;
    case '\t':
        complete();
        break;
    default:
        if (key >= ' ' && key < 256) {
            insert(static_cast<char>(key));
        }
        break;
    }
}

Editor::Result Editor::read_line(const std::string& prompt, std::string& line)
{
    prompt_ = prompt;
    line_.clear();
    at_ = 0;
    shown_row_ = 0;
    shown_width_ = prompt.size();
    history_at_ = history_.size();
    last_tab_ = false;
    enter_raw();
    put(prompt_);
    Result result = Result::end;
    while (!handle(read_key(), result)) {
    }
    leave_raw();
    line = line_;
    return result;
}

} // namespace sh
