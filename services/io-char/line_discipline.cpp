// SPDX-License-Identifier: Apache-2.0
// Raw and edited input, echo, signals, output processing: the character device's half that is the same for every driver.
#include "line_discipline.hpp"

#include <csignal>
#include <cstring>

namespace io_char {

LineDiscipline::LineDiscipline(Terminal& owner, bool edited) : owner_(owner)
{
    tio_.c_cflag = CS8 | CREAD | CLOCAL;
    tio_.c_cc[VINTR] = 3;
    tio_.c_cc[VQUIT] = 28;
    tio_.c_cc[VERASE] = 127;
    tio_.c_cc[VKILL] = 21;
    tio_.c_cc[VEOF] = 4;
    tio_.c_cc[VSTART] = 17;
    tio_.c_cc[VSTOP] = 19;
    tio_.c_cc[VSUSP] = 26;
    tio_.c_cc[VWERASE] = 23;
    tio_.c_cc[VREPRINT] = 18;
    tio_.c_cc[VLNEXT] = 22;
    tio_.c_cc[VMIN] = 1;
    if (edited) {
        tio_.c_iflag = BRKINT | ICRNL | IXON;
        tio_.c_oflag = OPOST | ONLCR;
        tio_.c_lflag = ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ISIG | IEXTEN;
    }
}

void LineDiscipline::set(const termios& tio)
{
    const bool was_edited = flag(ICANON);
    tio_ = tio;
    if (was_edited && !flag(ICANON)) {
        // A raw reader wants what was typed so far; line marks lose their meaning.
        for (size_t i = 0; i < line_length_; ++i) {
            input_.push(line_[i]);
        }
        line_length_ = 0;
    } else if (!was_edited && flag(ICANON) && !input_.empty()) {
        // What was received raw becomes one line for the edited reader.
        input_.back() |= line_end;
        lines_ = 0;
        const size_t n = input_.size();
        for (size_t i = 0; i < n; ++i) {
            const uint16_t entry = input_.pop();
            lines_ += (entry & (line_end | eof_mark)) != 0;
            input_.push(entry);
        }
    }
    if (!(tio_.c_iflag & IXON) && stopped_) {
        stopped_ = false;
        owner_.output_waiting();
    }
}

bool LineDiscipline::map_input(uint8_t& c) const
{
    if (tio_.c_iflag & ISTRIP) {
        c &= 0x7f;
    }
    if (c == '\r') {
        if (tio_.c_iflag & IGNCR) {
            return false;
        }
        if (tio_.c_iflag & ICRNL) {
            c = '\n';
        }
    } else if (c == '\n' && (tio_.c_iflag & INLCR)) {
        c = '\r';
    }
    return true;
}

void LineDiscipline::receive(uint8_t c)
{
    if (!map_input(c)) {
        return;
    }
    if (literal_next_) {
        literal_next_ = false;
    } else if (flow_character(c) || signal_character(c)) {
        return;
    } else if (flag(ICANON)) {
        edit_character(c);
        return;
    }
    if (flag(ICANON)) {
        if (line_length_ < line_max - 1) {
            line_[line_length_++] = c;
            echo(c);
        }
        return;
    }
    if (input_.room() > 0) {
        input_.push(c);
        if (flag(ECHO)) {
            echo(c);
        }
    }
}

void LineDiscipline::receive_break()
{
    if (tio_.c_iflag & IGNBRK) {
        return;
    }
    if ((tio_.c_iflag & BRKINT) && flag(ISIG)) {
        flush_input();
        owner_.signal_foreground(SIGINT);
    } else {
        receive(0);
    }
}

bool LineDiscipline::flow_character(uint8_t c)
{
    if (!(tio_.c_iflag & IXON)) {
        return false;
    }
    if (is(c, VSTOP)) {
        stopped_ = true;
        return true;
    }
    if (stopped_ && (is(c, VSTART) || (tio_.c_iflag & IXANY))) {
        stopped_ = false;
        owner_.output_waiting();
        return true;
    }
    return is(c, VSTART);
}

bool LineDiscipline::signal_character(uint8_t c)
{
    if (!flag(ISIG)) {
        return false;
    }
    int signo = 0;
    if (is(c, VINTR)) {
        signo = SIGINT;
    } else if (is(c, VQUIT)) {
        signo = SIGQUIT;
    } else if (is(c, VSUSP)) {
        return true; // no job control stop: the character is swallowed
    } else {
        return false;
    }
    if (!(tio_.c_lflag & NOFLSH)) {
        flush_input();
        flush_output();
    }
    if (flag(ECHO)) {
        echo(c);
    }
    owner_.signal_foreground(signo);
    return true;
}

void LineDiscipline::edit_character(uint8_t c)
{
    if (c == '\n' || is(c, VEOL)) {
        line_[line_length_++] = c;
        if (flag(ECHO) || (c == '\n' && flag(ECHONL))) {
            process_output(c);
            owner_.output_waiting();
        }
        finish_line(line_end);
    } else if (is(c, VEOF)) {
        finish_line(line_length_ ? line_end : eof_mark);
    } else if (is(c, VERASE) || c == '\b') {
        erase_one();
    } else if (is(c, VKILL)) {
        kill_line();
    } else if (flag(IEXTEN) && is(c, VWERASE)) {
        while (line_length_ && line_[line_length_ - 1] == ' ') {
            erase_one();
        }
        while (line_length_ && line_[line_length_ - 1] != ' ') {
            erase_one();
        }
    } else if (flag(IEXTEN) && is(c, VLNEXT)) {
        literal_next_ = true;
    } else if (flag(IEXTEN) && is(c, VREPRINT)) {
        echo(c);
        process_output('\n');
        for (size_t i = 0; i < line_length_; ++i) {
            echo(line_[i]);
        }
    } else if (line_length_ < line_max - 1) { // one place is kept for the newline
        line_[line_length_++] = c;
        if (flag(ECHO)) {
            echo(c);
        }
    } else {
        put('\a');
        owner_.output_waiting();
    }
}

// Moves the edited line to the readers. has_room() has kept line_max + 2 places free for it.
void LineDiscipline::finish_line(uint16_t mark)
{
    if (input_.room() < line_length_ + 1) {
        line_length_ = 0;
        return;
    }
    if (mark == eof_mark) {
        input_.push(eof_mark);
    } else {
        for (size_t i = 0; i < line_length_; ++i) {
            input_.push(line_[i]);
        }
        input_.back() |= line_end;
    }
    ++lines_;
    line_length_ = 0;
}

void LineDiscipline::erase_one()
{
    if (line_length_ == 0) {
        return;
    }
    const uint8_t c = line_[--line_length_];
    if (!flag(ECHO) || !flag(ECHOE)) {
        return;
    }
    const int columns = c < 0x20 || c == 0x7f ? (flag(ECHOCTL) ? 2 : 0)
                        : (c & 0xc0) == 0x80  ? 0
                                              : 1;
    for (int i = 0; i < columns; ++i) {
        put('\b');
        put(' ');
        put('\b');
    }
    owner_.output_waiting();
}

void LineDiscipline::kill_line()
{
    while (line_length_) {
        erase_one();
    }
}

void LineDiscipline::echo(uint8_t c)
{
    if (flag(ECHOCTL) && (c < 0x20 || c == 0x7f) && c != '\n' && c != '\t' && c != '\r') {
        put('^');
        put(static_cast<uint8_t>(c ^ 0x40));
    } else {
        process_output(c);
    }
    owner_.output_waiting();
}

void LineDiscipline::put(uint8_t c)
{
    if (output_.room()) {
        output_.push(c);
    }
}

void LineDiscipline::process_output(uint8_t c)
{
    if (c == '\n' && (tio_.c_oflag & OPOST) && (tio_.c_oflag & ONLCR)) {
        put('\r');
    }
    put(c);
}

bool LineDiscipline::readable(size_t wanted) const
{
    if (flag(ICANON)) {
        return lines_ > 0;
    }
    const size_t minimum = tio_.c_cc[VMIN];
    return input_.size() >= (minimum < wanted ? minimum : wanted);
}

size_t LineDiscipline::read(uint8_t* out, size_t n)
{
    size_t done = 0;
    const bool edited = flag(ICANON);
    while (done < n && !input_.empty()) {
        const uint16_t entry = input_.front();
        if (edited && (entry & eof_mark) && done > 0) {
            break;
        }
        input_.pop();
        lines_ -= (entry & (line_end | eof_mark)) && lines_ ? 1 : 0;
        if (entry & eof_mark) {
            if (edited) {
                break;
            }
            continue;
        }
        out[done++] = static_cast<uint8_t>(entry);
        if (edited && (entry & line_end)) {
            break;
        }
    }
    return done;
}

size_t LineDiscipline::available() const
{
    return flag(ICANON) && lines_ == 0 ? 0 : input_.size();
}

void LineDiscipline::flush_input()
{
    input_.clear();
    lines_ = 0;
    line_length_ = 0;
    literal_next_ = false;
}

size_t LineDiscipline::write(const uint8_t* data, size_t n)
{
    size_t done = 0;
    // A quarter of the ring stays for echo, so that typing is seen while a program floods the line.
    while (done < n && output_.room() > output_size / 4) {
        process_output(data[done++]);
    }
    if (done) {
        owner_.output_waiting();
    }
    return done;
}

} // namespace io_char
