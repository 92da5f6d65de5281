{% macro net(column, percent=19) -%}
cast({{ column }} / {{ 1 + percent / 100 }} as decimal(10, 2))
{%- endmacro %}
