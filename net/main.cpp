// The program `reprise`.
int main() {
  return 0;
}
