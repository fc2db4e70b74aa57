// SPDX-License-Identifier: Apache-2.0
// What lies between a character device and its readers: raw and edited (canonical) input, echo, signals, output processing.
// Knows nothing of messages or hardware; one thread calls it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <termios.h>

namespace io_char {

// A ring of bytes; capacity is a power of two.
template <typename T, size_t capacity>
class Ring {
    static_assert((capacity & (capacity - 1)) == 0);

public:
    size_t size() const { return tail_ - head_; }
    size_t room() const { return capacity - size(); }
    bool empty() const { return head_ == tail_; }
    void push(T v) { data_[tail_++ & (capacity - 1)] = v; } // caller checks room()
    T front() const { return data_[head_ & (capacity - 1)]; }
    T pop() { return data_[head_++ & (capacity - 1)]; }
    T& back() { return data_[(tail_ - 1) & (capacity - 1)]; }
    void clear() { head_ = tail_; }

private:
    size_t head_ = 0, tail_ = 0;
    T data_[capacity];
};

// What the discipline asks of its owner.
class Terminal {
public:
    virtual void signal_foreground(int signo) = 0;
    virtual void output_waiting() = 0; // something was put into the output ring

protected:
    ~Terminal() = default;
};

class LineDiscipline {
public:
    static constexpr size_t input_size = 8192, output_size = 8192, line_max = 1024;

    LineDiscipline(Terminal& owner, bool edited);

    const termios& settings() const { return tio_; }
    void set(const termios& tio);

    // From the hardware. has_room() first: what does not fit is lost.
    void receive(uint8_t c);
    void receive_break();
    bool has_room() const { return input_.room() > line_max + 2; }

    // For readers.
    bool readable(size_t wanted) const; // would read() return now? (VMIN counts in raw mode)
    size_t read(uint8_t* out, size_t n);
    size_t available() const; // FIONREAD
    void flush_input();

    // For writers: takes what fits, processed by c_oflag; returns bytes of `data` taken.
    size_t write(const uint8_t* data, size_t n);
    bool writable() const { return output_.room() > output_size / 4 && !stopped_; }
    bool output_empty() const { return output_.empty(); }
    size_t output_pending() const { return output_.size(); }
    void flush_output() { output_.clear(); }

    // For the transmitter.
    bool can_send() const { return !output_.empty() && !stopped_; }
    uint8_t next_to_send() { return output_.pop(); }
    void stop_output(bool stop) { stopped_ = stop; }

private:
    static constexpr uint16_t line_end = 0x100, eof_mark = 0x200;

    bool flag(tcflag_t f) const { return (tio_.c_lflag & f) != 0; }
    bool is(uint8_t c, int which) const { return tio_.c_cc[which] != 0 && c == tio_.c_cc[which]; }
    bool map_input(uint8_t& c) const;
    bool signal_character(uint8_t c);
    bool flow_character(uint8_t c);
    void edit_character(uint8_t c);
    void finish_line(uint16_t mark);
    void erase_one();
    void kill_line();
    void echo(uint8_t c);
    void put(uint8_t c);
    void process_output(uint8_t c);

    Terminal& owner_;
    termios tio_{};
    Ring<uint16_t, input_size> input_; // byte, or'ed with line_end on a line's last; eof_mark alone
    size_t lines_ = 0;                 // line_end and eof_mark entries in input_
    Ring<uint8_t, output_size> output_;
    uint8_t line_[line_max]; // being edited
    size_t line_length_ = 0;
    bool stopped_ = false;      // by ^S
    bool literal_next_ = false; // after ^V
};

} // namespace io_char
