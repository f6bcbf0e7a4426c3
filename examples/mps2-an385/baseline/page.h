/* What makefsdata would write for a page of 13 bytes. Included once, by lwIP's fs.c. */
static const unsigned char page_name[] = "/index.html";
static const unsigned char page[] =
  "HTTP/1.1 200 OK\r\n"
  "Content-Type: text/plain\r\n"
  "Content-Length: 13\r\n"
  "Connection: keep-alive\r\n"
  "\r\n"
  "Hello, world!";

static const struct fsdata_file pages[] = {{
  NULL, page_name, page, sizeof page - 1,
  FS_FILE_FLAGS_HEADER_INCLUDED | FS_FILE_FLAGS_HEADER_PERSISTENT | FS_FILE_FLAGS_HEADER_HTTPVER_1_1,
}};

#define FS_ROOT pages
