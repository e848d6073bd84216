#compdef carillon
# Completion of carillon for zsh: carillon completion zsh > "${fpath[1]}/_carillon"
_carillon() {
  local line value
  local -a found
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    found+=("${value//:/\\:}:${line#*$'\t'}")
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#found} )); then
    if [[ ${words[CURRENT]} == --*=* ]]; then
      compset -P '*='
    fi
    _describe carillon found
  else
    _files
  fi
}
if [ "${funcstack[1]}" = _carillon ]; then
  _carillon "$@"
else
  compdef _carillon carillon
fi
