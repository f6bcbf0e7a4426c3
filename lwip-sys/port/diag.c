/*
 * lwIP's diagnostics without printf, which would cost more flash than lwIP's TCP.
 *
 * Conversions: s c d i u x X p %, each with a width, a leading zero, and the modifiers h, hh, l, z.
 * Anything else is printed as it stands. Messages are gathered into lines; a line that does not fit is
 * continued in the next. Like all of lwIP, this runs in the core context only.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cc.h"

#define LINE_CAPACITY   128
#define NUMBER_CAPACITY 20 /* digits of the longest unsigned long, in decimal */

/* src/port/diagnostics.rs */
void lwip_port_log(const char *line, size_t length);

static char line[LINE_CAPACITY];
static size_t line_length;

static void end_line(void)
{
  if (line_length > 0) {
    lwip_port_log(line, line_length);
  }
  line_length = 0;
}

static void put(char character)
{
  if (character == '\n' || line_length == LINE_CAPACITY) {
    end_line();
  }
  if (character != '\n') {
    line[line_length++] = character;
  }
}

static void put_padded(const char *text, size_t length, size_t width, char padding)
{
  for (; width > length; width--) {
    put(padding);
  }
  while (length-- > 0) {
    put(*text++);
  }
}

static void put_string(const char *text, size_t width)
{
  size_t length = 0;
  if (text == NULL) {
    text = "(null)";
  }
  while (text[length] != '\0') {
    length++;
  }
  put_padded(text, length, width, ' ');
}

struct conversion {
  char zero;     /* pad with '0' rather than ' ' */
  size_t width;  /* at least so many characters */
  char modifier; /* 'l', 'z', 'h', or 0 */
  char type;
};

static void put_number(unsigned long number, unsigned base, int negative, const struct conversion *conversion)
{
  const char *digits = conversion->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  char text[NUMBER_CAPACITY + 1];
  char *first = text + sizeof text;
  size_t width = conversion->width;
  do {
    *--first = digits[number % base];
    number /= base;
  } while (number > 0);
  if (negative && conversion->zero) { /* the sign goes in front of the zeros */
    put('-');
    width -= width > 0;
  } else if (negative) {
    *--first = '-';
  }
  put_padded(first, (size_t)(text + sizeof text - first), width, conversion->zero ? '0' : ' ');
}

static void put_signed(long number, const struct conversion *conversion)
{
  unsigned long magnitude = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;
  put_number(magnitude, 10, number < 0, conversion);
}

static const char *parse(const char *format, struct conversion *conversion)
{
  conversion->zero = *format == '0';
  conversion->width = 0;
  conversion->modifier = 0;
  while (*format >= '0' && *format <= '9') {
    conversion->width = (conversion->width * 10 + (size_t)(*format++ - '0')) % LINE_CAPACITY;
  }
  while (*format == 'h' || *format == 'l' || *format == 'z') {
    conversion->modifier = *format++;
  }
  conversion->type = *format;
  return *format == '\0' ? format : format + 1;
}

static long signed_argument(va_list *arguments, char modifier)
{
  return modifier == 'l' ? va_arg(*arguments, long)
       : modifier == 'z' ? (long)va_arg(*arguments, ptrdiff_t)
                         : va_arg(*arguments, int);
}

static unsigned long unsigned_argument(va_list *arguments, char modifier)
{
  return modifier == 'l' ? va_arg(*arguments, unsigned long)
       : modifier == 'z' ? (unsigned long)va_arg(*arguments, size_t)
                         : va_arg(*arguments, unsigned);
}

/* Prints one conversion; 0 if it is none of ours. */
static int convert(const struct conversion *conversion, va_list *arguments)
{
  switch (conversion->type) {
  case '%':
    put('%');
    return 1;
  case 'c':
    put((char)va_arg(*arguments, int));
    return 1;
  case 's':
    put_string(va_arg(*arguments, const char *), conversion->width);
    return 1;
  case 'd':
  case 'i':
    put_signed(signed_argument(arguments, conversion->modifier), conversion);
    return 1;
  case 'u':
    put_number(unsigned_argument(arguments, conversion->modifier), 10, 0, conversion);
    return 1;
  case 'x':
  case 'X':
    put_number(unsigned_argument(arguments, conversion->modifier), 16, 0, conversion);
    return 1;
  case 'p':
    put_string("0x", 0);
    put_number((unsigned long)(uintptr_t)va_arg(*arguments, void *), 16, 0, conversion);
    return 1;
  default:
    return 0;
  }
}

void lwip_port_diag(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  while (*format != '\0') {
    struct conversion conversion;
    const char *next;
    if (*format != '%') {
      put(*format++);
      continue;
    }
    next = parse(format + 1, &conversion);
    if (!convert(&conversion, &arguments)) {
      put_padded(format, (size_t)(next - format), 0, ' ');
    }
    format = next;
  }
  va_end(arguments);
}
