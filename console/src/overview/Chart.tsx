import '@mantine/charts/styles.css';
import { CompositeChart } from '@mantine/charts';
import type { Bar } from './History';

const compact = new Intl.NumberFormat(undefined, { notation: 'compact' });

/** The bars and the line; loaded by itself, for it is large. */
export default function Chart({ bars, label }: { bars: Bar[]; label: string }) {
  return (
    <div role="img" aria-label={label}>
      <CompositeChart
        h={230}
        data={bars}
        dataKey="at"
        maxBarWidth={26}
        strokeDasharray="0"
        gridAxis="x"
        tickLine="none"
        withRightYAxis
        xAxisProps={{ minTickGap: 48, interval: 'preserveStart' }}
        yAxisProps={{ width: 44, allowDecimals: false, tickFormatter: (value: number) => compact.format(value) }}
        rightYAxisProps={{ width: 48, domain: [0, 100], ticks: [0, 25, 50, 75, 100], tickFormatter: (value: number) => `${value} %` }}
        composedChartProps={{ accessibilityLayer: false, barCategoryGap: '18%' }}
        barProps={{ stackId: 'attempts', isAnimationActive: false, radius: 0 }}
        lineProps={{ isAnimationActive: false, connectNulls: false }}
        tooltipAnimationDuration={0}
        dotProps={{ r: 1.5, strokeWidth: 1 }}
        strokeWidth={1.75}
        curveType="linear"
        series={[
          { name: 'succeeded', label: 'Succeeded', color: 'var(--succeeded)', type: 'bar' },
          { name: 'failed', label: 'Failed', color: 'var(--failed)', type: 'bar' },
          { name: 'share', label: 'Success rate, %', color: 'var(--share)', type: 'line', yAxisId: 'right' },
        ]}
      />
    </div>
  );
}
